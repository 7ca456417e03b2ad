"""Dose-response curves: fits, intervals, status, replicates."""
