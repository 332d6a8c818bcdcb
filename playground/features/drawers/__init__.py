"""Drawers that look inside a model."""
