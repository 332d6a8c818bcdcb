"""Commands: recording runs, the static folder, the README's animation."""
