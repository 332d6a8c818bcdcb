"""Journeys through the running page in a real Chromium."""
