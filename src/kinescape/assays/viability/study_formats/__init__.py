"""The same files as parts of a study: effects against the untreated control."""
