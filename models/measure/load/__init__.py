"""What a class of thirty costs: the engine by itself, and the running app as browsers see it."""
