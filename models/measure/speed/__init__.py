"""Our loops beside the libraries' own, at real size."""
