"""The page: tabs, what they show, and the public API."""
