"""Images: one request, several families."""
