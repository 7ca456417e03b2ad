"""Dose matrices: their reading, scores, errors and tables."""
