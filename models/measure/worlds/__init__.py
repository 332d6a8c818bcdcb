"""How well models do in each world, on data they never saw."""
