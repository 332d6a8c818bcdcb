"""The real app over pretended models, as a process of its own: python -m tests.browser.serve."""

from __future__ import annotations

from models.engine import Engine
from models.pool import Pool
from playground import ui
from playground.services import Services
from tests.pretend import SPECS


def main() -> None:
    """Serve until the process is ended; address and port come from Gradio's variables."""
    pool = Pool(SPECS)
    demo = ui.build(Services(Engine(pool), pool, SPECS))
    demo.launch(**ui.launch_settings())


if __name__ == "__main__":
    main()
