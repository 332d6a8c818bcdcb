"""Models of the playground: adapters, the engine that runs them, training and measurement."""
