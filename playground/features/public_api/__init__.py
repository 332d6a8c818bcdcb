"""The functions that programs may call."""
