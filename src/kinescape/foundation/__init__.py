"""Errors, faults, units, randomness, provenance and safe writing: what every room stands on."""
