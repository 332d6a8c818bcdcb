"""Write the first page as a folder that opens from anywhere, with no server behind it.

python -m playground.tools.static_site FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

from models import catalog, checkpoint, device
from models.datasets import PALETTE
from playground.core.feature import loaded, parts
from playground.registry import FEATURES
from playground.web import tokens
from playground.web.pack import part_script
from playground.web.site_info import TAGLINE, TITLE, preview_tags


def write_static(folder: Path) -> None:
    """The first page as a folder that opens from anywhere, with no server behind it."""
    (folder / "pack").mkdir(parents=True, exist_ok=True)
    for part in parts(FEATURES):
        script = part_script(FEATURES, part, checkpoint.WEIGHTS)
        (folder / "pack" / f"{part}.js").write_text(script, encoding="utf-8")
    head = (
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{TITLE}</title>{preview_tags(TITLE, TAGLINE)}{tokens.head(PALETTE)}"
    )
    first_page = next(loaded(FEATURES, "first_page"))
    front = first_page(catalog.specs(), FEATURES, live=False, place="play")
    body = f'<body data-place="play">{front}</body>'
    document = f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>\n'
    (folder / "index.html").write_text(document, encoding="utf-8")


def main() -> None:
    """Write the static folder that the command line names."""
    device.prepare_environment()
    parser = argparse.ArgumentParser(
        prog="python -m playground.tools.static_site", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="where the static page is written")
    write_static(parser.parse_args().folder)


if __name__ == "__main__":
    main()
