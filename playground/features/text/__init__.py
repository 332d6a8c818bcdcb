"""Text: two models continue one prompt."""
