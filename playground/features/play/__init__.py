"""The first page: scenes, recorded runs, games."""
