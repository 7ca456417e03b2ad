"""Readers: what instruments and laboratories write, brought into the one table."""
