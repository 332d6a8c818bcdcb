"""The design tokens: every colour and shape of the page, as data, and the stylesheet made of them.

Pure: knows neither gradio nor the models. `tests/web/test_tokens.py` computes the contrast of these
colours and their distance under normal and colour-blind vision.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from playground.web.assets import FEATURES, KIT, WEB


@dataclass(frozen=True, slots=True)
class Colour:
    """One token in both schemes, as #RRGGBB."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class FamilyLook:
    """How a family of models is recognised: its ink, its shape, its word."""

    word: str
    ink: Colour
    shape: str  # the inside of a 16 × 16 SVG in currentColor


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

FAMILIES = {
    "lstm": FamilyLook(
        "LSTM",
        Colour("#7A5C10", "#EABF3A"),
        '<path d="M12.6 5.2A5.4 5.4 0 1 0 13.4 8" fill="none" stroke="currentColor" '
        'stroke-width="2"/><path d="M14.6 1.6v5h-5z" fill="currentColor"/>',
    ),
    "transformer": FamilyLook(
        "GPT",
        Colour("#2F5BD3", "#6C95F5"),
        '<path d="M8 1l7 7-7 7-7-7z" fill="currentColor"/>',
    ),
    "gan": FamilyLook(
        "GAN",
        Colour("#B5305F", "#EC6A86"),
        '<path d="M8 2.4l6.2 11H1.8z" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linejoin="round"/>',
    ),
    "vae": FamilyLook(
        "VAE",
        Colour("#14493A", "#55EFC4"),
        '<path d="M1.5 2.5L8 8l-6.5 5.5zM14.5 2.5L8 8l6.5 5.5z" fill="currentColor" '
        'stroke="currentColor" stroke-linejoin="round"/>',
    ),
    "diffusion": FamilyLook(
        "Diffusion",
        Colour("#64106E", "#D8BCFA"),
        '<g fill="currentColor"><circle cx="2.5" cy="2.5" r="1.3"/><circle cx="8" cy="2.5" '
        'r="1.3"/><circle cx="13.5" cy="2.5" r="1.3"/><circle cx="2.5" cy="8" r="1.3"/>'
        '<circle cx="8" cy="8" r="3"/><circle cx="13.5" cy="8" r="1.3"/><circle cx="2.5" '
        'cy="13.5" r="1.3"/><circle cx="8" cy="13.5" r="1.3"/><circle cx="13.5" cy="13.5" '
        'r="1.3"/></g>',
    ),
}

PICTURE_WIDTHS_PX = (64, 96, 128, 256)
"""Shown widths of a 32-pixel picture: whole multiples only."""


def shape_svg(family: str) -> str:
    """The 16-pixel shape of a family, drawn in the current text colour."""
    return (
        '<svg class="shape" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">'
        f"{FAMILIES[family].shape}</svg>"
    )


def shape_templates() -> str:
    """The shapes of all families as template elements, for the cards that scripts make."""
    return "".join(
        f'<template id="shape-{family}">{shape_svg(family)}</template>' for family in FAMILIES
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
    """Whatever carries a family's name, or holds something that does, has its ink as `--f`."""
    return "\n".join(
        f'[data-family="{name}"],.card:has([data-family="{name}"]){{--f:var(--{name})}}'
        for name in FAMILIES
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
    script = (KIT / "page.js").read_text(encoding="utf-8")
    script += _DARK
    return f"{favicon()}<style>{stylesheet(palette)}</style><script>{script}</script>"
