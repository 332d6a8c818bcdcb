"""Worlds of pictures that are made by rule: what their concepts are, and how they look."""
