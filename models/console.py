"""What commands write: on any terminal, in any encoding."""

from __future__ import annotations

import io
import sys

REPLACED = "backslashreplace"


def write_anything() -> None:
    """Let standard output and error take every letter, also one that their encoding has not.

    Such a letter comes out as its number, as in `\\u2019`. Without this, a sentence with a
    typographic quote ends a program after minutes of measuring, where the terminal's encoding is
    one of Windows' or ASCII.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # pytest, notebooks put others in their place
            stream.reconfigure(errors=REPLACED)
