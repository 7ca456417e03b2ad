"""Held-out tests: what is left out, within which time, how it is scored, and whether the network helped."""
