"""Phospho readouts under perturbation: MIDAS, long tables, wide tables."""
