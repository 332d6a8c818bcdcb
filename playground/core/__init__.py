"""What every part stands on: no HTML, no HTTP, no Gradio."""
