"""Phenotypes of combinations: the levels that can tell them, and which wins on held-out pairs."""
