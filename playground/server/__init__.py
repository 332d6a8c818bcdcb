"""Starlette: routes, filters and caches in front of Gradio's app."""
