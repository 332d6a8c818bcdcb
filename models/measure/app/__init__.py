"""Measures of the app as it is served: its start, its first page, its memory."""
