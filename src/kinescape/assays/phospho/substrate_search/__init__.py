"""The evidence that a site is a substrate of a kinase, and what it adds up to."""
