"""Print what a Space's header says to have models fetched when the Space is built.

python -m playground.tools.preload MODEL [MODEL …]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from models import catalog, console
from models.base import ModelSpec
from models.hub.entry import pinned


def header_lines(specs: Sequence[ModelSpec]) -> list[str]:
    """The lines of YAML: each repository once at each commit, with the files that are needed.

    Their form is the host's (Spaces configuration reference, `preload_from_hub`).
    """
    files: dict[tuple[str, str], list[str]] = {}
    for spec in specs:
        for file in pinned(spec):
            paths = files.setdefault((file.repository, file.revision), [])
            paths.extend([file.path] if file.path not in paths else [])
    places = [f"  - {name} {','.join(paths)} {commit}" for (name, commit), paths in files.items()]
    return ["preload_from_hub:", *places]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines for the models that the command line names."""
    console.write_anything()
    parser = argparse.ArgumentParser(prog="python -m playground.tools.preload", description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="as in PLAYGROUND_GPU_MODELS")
    args = parser.parse_args(arguments)
    specs = catalog.specs()
    for model in args.models:
        if model not in specs or not specs[model].files:
            parser.error(f"no model of the hub is called “{model}”")
    sys.stdout.write("\n".join(header_lines([specs[model] for model in args.models])) + "\n")


if __name__ == "__main__":
    main()
