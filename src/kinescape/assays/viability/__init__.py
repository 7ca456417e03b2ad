"""Viability of cells under drugs: long tables of wells."""
