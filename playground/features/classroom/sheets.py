"""Sheets that students hand in: HTML made harmless, and all of a class as one file. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "form-action 'none'; base-uri 'none'"
)
_HEAD = (
    '<!doctype html><meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
)
MOST_BYTES = 1_000_000
TOO_LONG = "A sheet is an HTML file of at most 1 MB."
_ORDERS = re.compile(r"http-equiv", re.IGNORECASE)
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same sheets make the same file


def harmless(sheet: bytes) -> bytes:
    """A sheet in which nothing runs, fetches or leads away by itself when it is opened from a disk.

    A policy in front of all of it stops scripts and whatever comes from elsewhere; orders of its
    own that stand in `http-equiv`, of which one could send the reader away, lose their name.

    Raises:
        ValueError: in words, for what is no HTML in UTF-8.
    """
    if len(sheet) > MOST_BYTES:
        raise ValueError(TOO_LONG)
    try:
        text = sheet.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("A sheet is an HTML file in UTF-8.") from None
    if "<" not in text or "\0" in text:
        raise ValueError("This is no HTML file. Save your sheet as HTML and hand that in.")
    return (_HEAD + _ORDERS.sub("data-was", text)).encode()


def pack(sheets: Mapping[int, bytes]) -> bytes:
    """All sheets as one ZIP file, by the students' numbers."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sheet in sorted(sheets.items()):
            name = zipfile.ZipInfo(f"sheet-{number:02}.html", _MOMENT)
            name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, sheet)
    return buffer.getvalue()
