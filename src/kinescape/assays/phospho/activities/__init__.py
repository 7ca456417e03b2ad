"""The evidence for an enzyme's activity, its score, its interval and its p-value."""
