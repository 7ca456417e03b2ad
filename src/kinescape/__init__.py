"""kinescape: how cells get round a targeted drug, and which second drug closes the way."""

__version__ = "0.1.0"
