"""Networks of our own, a page of PyTorch each."""
