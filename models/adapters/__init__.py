"""Thin adapters: each turns recipes into states, and batches of states into steps."""
