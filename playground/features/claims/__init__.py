"""Claims, tested: card and place."""
