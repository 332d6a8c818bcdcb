"""One yardstick for all models."""
