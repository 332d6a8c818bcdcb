"""The design tokens: every colour and shape of the page, as data, and the stylesheet made of them.

Pure: knows neither gradio nor any model. `tests/web/test_tokens.py` computes the contrast of these
colours and their distance under normal and colour-blind vision.
"""

from __future__ import annotations

import math
from urllib.parse import quote

from models.families import FAMILIES, Arc, Circle, Colour, Part, Polygon
from playground.web.assets import FEATURES, WEB, inline

SURFACES = {
    "page": Colour("#F7F8FA", "#0E1116"),
    "card": Colour("#FFFFFF", "#171B22"),
    "ink": Colour("#14171C", "#ECEFF4"),
    "muted": Colour("#565D68", "#A7AFBC"),
    "line": Colour("#868D98", "#69717F"),
    "focus": Colour("#1A1D23", "#FFFFFF"),
}

STATUS = {
    "ok": Colour("#1F6B3A", "#7FDB9B"),
    "note": Colour("#7A4B00", "#F2C063"),
    "error": Colour("#A3182C", "#FF9AA2"),
}

PICTURE_WIDTHS_PX = (64, 96, 128, 256)
"""Shown widths of a 32-pixel picture: whole multiples only."""


def shape_svg(family: str) -> str:
    """The 16-pixel shape of a family, drawn in the current text colour."""
    return (
        '<svg class="shape" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">'
        f"{shape_parts(family)}</svg>"
    )


def shape_parts(family: str) -> str:
    """The inside of a family's 16 × 16 SVG, in currentColor."""
    return "".join(map(_drawn, FAMILIES[family].shape))


def _drawn(part: Part) -> str:
    if isinstance(part, Circle):
        return f'<circle cx="{part.x:g}" cy="{part.y:g}" r="{part.radius:g}" fill="currentColor"/>'
    if isinstance(part, Polygon):
        path = "L".join(f"{x:g} {y:g}" for x, y in part.points) + "z"
        fill, width = "currentColor" if part.filled else "none", part.stroke
    else:
        path, fill, width = _arc_path(part), "none", part.stroke
    stroke = f' stroke="currentColor" stroke-width="{width:g}"' if width else ""
    round_corners = ' stroke-linejoin="round"' if width else ""
    return f'<path d="M{path}" fill="{fill}"{stroke}{round_corners}/>'


def _arc_path(arc: Arc) -> str:
    ends = (
        f"{arc.x + arc.radius * math.cos(angle):.4g} {arc.y + arc.radius * math.sin(angle):.4g}"
        for angle in map(math.radians, (arc.start, arc.end))
    )
    large = int(arc.end - arc.start > 180)
    return f"A{arc.radius:g} {arc.radius:g} 0 {large} 1 ".join(ends)


def shape_templates() -> str:
    """The shapes of all families as template elements, for the cards that scripts make.

    Each brings the family's ink for white paper, for what is printed.
    """
    return "".join(
        f'<template id="shape-{name}" data-light="{family.ink.light}">{shape_svg(name)}</template>'
        for name, family in FAMILIES.items()
    )


def stylesheet(palette: dict[str, tuple[int, int, int]]) -> str:
    """Everything the page's look is made of: the tokens as variables, then the rules.

    Args:
        palette: the colours of the digits world as RGB, for the swatches of the concept.
    """
    files = (WEB / "style.css", *sorted((FEATURES / "play").rglob("*.css"), key=lambda f: f.name))
    rules = [file.read_text(encoding="utf-8") for file in files]
    return "\n".join((_variables(), _family_rules(), _swatch_rules(palette), *rules))


def _tokens() -> dict[str, Colour]:
    families = {name: look.ink for name, look in FAMILIES.items()}
    return {**SURFACES, **STATUS, **families}


def _variables() -> str:
    light = "".join(f"--{name}:{colour.light};" for name, colour in _tokens().items())
    dark = "".join(f"--{name}:{colour.dark};" for name, colour in _tokens().items())
    return f":root{{{light}color-scheme:light}}\n.dark{{{dark}color-scheme:dark}}"


def _family_rules() -> str:
    """Whatever carries a family's name, or holds something that does, has its ink as `--f`.

    Dashes of one pixel are dots, and as `--cap` have round ends.
    """
    return "\n".join(
        f'[data-family="{name}"],[data-ink="{name}"],.card:has([data-family="{name}"])'
        f"{{--f:var(--{name})}}"
        + (f'[data-ink="{name}"]{{--cap:round}}' if family.dash.startswith("1 ") else "")
        for name, family in FAMILIES.items()
    )


def _swatch_rules(palette: dict[str, tuple[int, int, int]]) -> str:
    return "\n".join(
        f'.swatches label:has([value="{name}"]),[data-swatch="{name}"]'
        f"{{--swatch:rgb({red} {green} {blue})}}"
        for name, (red, green, blue) in palette.items()
    )


_DARK = """
{
  const asked = new URLSearchParams(location.search).get("__theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (asked ? asked === "dark" : system.matches);
  const follow = () => document.body.classList.toggle("dark", dark());
  new MutationObserver((_, seen) => {
    if (!document.body) return;
    seen.disconnect();
    follow();
    system.addEventListener("change", follow);
  }).observe(document.documentElement, { childList: true });
}
"""
"""Gradio puts this class on the body, but late; until then the page would flash. Pages that it does
not serve have nobody else to follow the system when it turns dark in the evening."""


def favicon() -> str:
    """The page's icon as a link element: the loop and the diamond, no file to fetch."""
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
        "<rect width='16' height='16' rx='4' fill='#14171C'/>"
        "<path d='M8 3l5 5-5 5-5-5z' fill='#F7F8FA'/></svg>"
    )
    return f'<link rel="icon" href="data:image/svg+xml,{quote(svg)}">'


def head(palette: dict[str, tuple[int, int, int]]) -> str:
    """What goes into the page's head, all of it part of the page: icon, styles and script.

    Not given to Gradio as `css`: it rewrites every rule, and drops those it does not know.
    """
    return f"{favicon()}<style>{stylesheet(palette)}</style>{inline(_DARK)}"
