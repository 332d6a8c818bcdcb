"""One folder for each topic, with all that it consists of."""
