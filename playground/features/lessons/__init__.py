"""Lessons: format, blocks, pages, library."""
