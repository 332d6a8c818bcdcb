"""Experiments that answer what the articles claim: numbers first, then a verdict made of them."""
