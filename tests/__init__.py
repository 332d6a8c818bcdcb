"""Tests, in the order of the house; `fake_adapters.py` holds models without a network."""
