"""Recipes that show where a model breaks."""
