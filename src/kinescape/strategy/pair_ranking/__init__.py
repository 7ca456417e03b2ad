"""What a pair of drugs does, spares, adds and closes, each with its interval, and which pairs stand first."""
