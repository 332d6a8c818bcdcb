"""Measurements with intervals: `python -m models.measure`."""
