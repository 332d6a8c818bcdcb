"""Tests, in the order of the house; `fakes.py` holds models without a network."""
