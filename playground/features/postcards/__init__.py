"""Postcards: a picture and a page for every link."""
