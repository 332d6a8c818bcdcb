"""Gradio: forms, handlers, and the only place that touches its insides."""
