"""Training scripts: `python -m models.train.<model id>`."""
