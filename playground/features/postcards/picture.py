"""The picture of a postcard, drawn with Pillow alone: a row for each model, a QR code, our name.

Pure: knows neither the models nor the web. Equal faces give equal pixels. There are no fonts among
our files; Gradio brings some for its own pages, and where they are not, Pillow's own has to do.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageDraw import ImageDraw as Pen

from models.families import FAMILIES, Arc, Circle, Polygon
from playground.features.postcards.unseen import in_known
from playground.web.tokens import SURFACES

WIDTH_PX, HEIGHT_PX = 1200, 630
MARGIN_PX = 48
TOP_PX, BOTTOM_PX = 104, 556
"""The rows stand between these two, the title above, our name below."""
QUIET_MODULES = 4  # white around a QR code, as the standard asks

_MOST_QR_PX = 300
_QR_SCALES = (4, 3, 2)  # a module of one pixel would be read by no camera
_GAP, _COLUMN_GAP, _PADDING = 8, 24, 20
_LABEL_PX = 232
_TILE_PX, _MOST_SCALE = 32, 12
_TEXT_SIZES = (44, 36, 30, 26, 24, 22, 20)
_PROMPT_CHARACTERS = 48
_FINE = 4  # edges are drawn so many times larger and then made smaller, which smooths them
_ELLIPSIS = "…"

_INK, _MUTED = SURFACES["ink"].light, SURFACES["muted"].light
_PAGE, _CARD = SURFACES["page"].light, SURFACES["card"].light
_FAINT = 0.45  # of a control's line, for the frames of cards and tiles

Font: TypeAlias = ImageFont.FreeTypeFont
Box: TypeAlias = tuple[int, int, int, int]
Drawing: TypeAlias = Callable[[Pen, float], None]
"""Draws in white on black, everything so many times as large as it will be."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of a model: its level of surprise, 0 to 4, and whether it was no favourite."""

    text: str
    level: int = 0
    rare: bool = False
    prompt: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One model's result: pictures, or letters behind a prompt, and what is said beside it."""

    family: str
    notes: tuple[str, ...] = ()
    pictures: tuple[Image.Image, ...] = ()
    prompt: str = ""
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """Everything that can be seen on a postcard.

    Args:
        title: what it shows; `by` follows it in muted ink.
        aside: a sentence or two in the margin.
        host: where the playground is, for people.
        address: the same for cameras, down to the recipe.
    """

    title: str
    by: str
    rows: tuple[Row, ...]
    aside: str
    site: str
    host: str
    address: str


def draw(face: Face) -> Image.Image:
    """The picture, WIDTH_PX × HEIGHT_PX."""
    card = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), _PAGE)
    pen = ImageDraw.Draw(card)
    code = qr_code(face.address)
    column = code.width if code else 0
    right = WIDTH_PX - MARGIN_PX - (column + _COLUMN_GAP if column else 0)
    _draw_title(pen, face.title, face.by)
    for row, box in zip(face.rows, _row_boxes(len(face.rows), right), strict=True):
        _draw_row(card, row, box)
    if code:
        card.paste(code, (WIDTH_PX - MARGIN_PX - column, BOTTOM_PX - code.height))
        _draw_aside(pen, face.aside, right + _COLUMN_GAP, column)
    _draw_name(pen, face.site, face.host)
    return card


def qr_code(address: str) -> Image.Image | None:
    """An address for cameras, white frame included; None when it is too long to be read by one."""
    import segno

    try:
        code = segno.make(address, micro=False, error="m", boost_error=False)
    except segno.DataOverflowError:
        return None
    modules = len(code.matrix) + 2 * QUIET_MODULES
    scale = next((s for s in _QR_SCALES if s * modules <= _MOST_QR_PX), 0)
    if not scale:
        return None
    small = Image.new("RGB", (modules, modules), _CARD)
    for y, line in enumerate(code.matrix):
        for x, dark in enumerate(line):
            if dark:
                small.putpixel((x + QUIET_MODULES, y + QUIET_MODULES), _rgb(_INK))
    return small.resize((modules * scale, modules * scale), Image.Resampling.NEAREST)


# The frame: title, margin, name


def _draw_title(pen: Pen, title: str, by: str) -> None:
    bold, plain = _font("bold", 40), _font("plain", 32)
    room = WIDTH_PX - 2 * MARGIN_PX
    behind = _cut(f"  {legible(by, plain)}" if by else "", plain, room // 2)
    shown = _cut(legible(title, bold), bold, room - math.ceil(plain.getlength(behind)))
    pen.text((MARGIN_PX, 76), shown, _INK, bold, anchor="ls")
    x = MARGIN_PX + bold.getlength(shown)
    pen.text((x, 76), behind, _MUTED, plain, anchor="ls")


def _draw_aside(pen: Pen, words: str, x: int, width: int) -> None:
    font = _font("plain", 22)
    for i, line in enumerate(_wrapped(legible(words, font), font, width)):
        pen.text((x, TOP_PX + 20 + 32 * i), line, _MUTED, font, anchor="ls")


def _draw_name(pen: Pen, site: str, host: str) -> None:
    bold, plain = _font("bold", 24), _font("plain", 22)
    pen.text((MARGIN_PX, 600), site, _INK, bold, anchor="ls")
    x = MARGIN_PX + bold.getlength(site) + 16
    shown = _cut(legible(host, plain), plain, WIDTH_PX - MARGIN_PX - math.ceil(x))
    pen.text((x, 600), shown, _MUTED, plain, anchor="ls")


# Rows


def _row_boxes(count: int, right: int) -> list[Box]:
    """Cards of equal height below each other."""
    height = (BOTTOM_PX - TOP_PX - _GAP * (count - 1)) // max(1, count)
    tops = [TOP_PX + i * (height + _GAP) for i in range(count)]
    return [(MARGIN_PX, top, right, top + height) for top in tops]


def _draw_row(card: Image.Image, row: Row, box: Box) -> None:
    left, top, right, bottom = box
    _draw_card(card, row.family, box)
    inner = (left + _PADDING + _LABEL_PX, top + 3, right - _PADDING, bottom)
    if row.pictures:
        first = _draw_pictures(card, row.pictures, inner)
    else:
        first = _draw_letters(card, row, inner)
    # The label begins with the result, but is never pushed out of the card by a small one.
    middle = (top + 3 + bottom - _label_height(row)) // 2
    _draw_label(card, row, (left + _PADDING, min(first, middle), left + _LABEL_PX, bottom))


def _label_height(row: Row) -> int:
    return 28 + 25 * len(row.notes)


def _draw_card(card: Image.Image, family: str, box: Box) -> None:
    """A white card with a thin frame and an upper edge in the family's ink."""
    width, height = box[2] - box[0], box[3] - box[1]

    def whole(pen: Pen, k: float) -> None:
        pen.rounded_rectangle((0, 0, width * k - 1, height * k - 1), 12 * k, fill=255)

    def inside(pen: Pen, k: float) -> None:
        corners = (k, 0, (width - 1) * k - 1, (height - 1) * k - 1)
        pen.rounded_rectangle(corners, 11 * k, fill=255)

    edge = Image.new("RGB", (width, height), _faint(_PAGE))
    edge.paste(_CARD, None, _mask((width, height), inside))
    edge.paste(FAMILIES[family].ink.light, (0, 0, width, 3))
    card.paste(edge, box[:2], _mask((width, height), whole))


def _draw_label(card: Image.Image, row: Row, box: Box) -> None:
    """Shape, word, and below them what is said of the result."""
    left, top, right, _ = box
    pen = ImageDraw.Draw(card)
    bold, plain = _font("bold", 26), _font("plain", 18)
    look = FAMILIES[row.family]
    card.paste(look.ink.light, (left, top, left + 28, top + 28), shape_mask(row.family, 28))
    pen.text((left + 40, top + 24), look.word, look.ink.light, bold, anchor="ls")
    for i, note in enumerate(row.notes):
        shown = _cut(legible(note, plain), plain, right - left)
        pen.text((left, top + 54 + 25 * i), shown, _MUTED, plain, anchor="ls")


# Pictures


def _draw_pictures(card: Image.Image, pictures: Sequence[Image.Image], box: Box) -> int:
    """Whole multiples of the pixels, as large as there is room; returns where they begin."""
    left, top, right, bottom = box
    gap = _gap_between(len(pictures))
    scale, across = _arrangement(len(pictures), right - left, bottom - top - 8, gap)
    side, lines = _TILE_PX * scale, math.ceil(len(pictures) / across)
    above = top + (bottom - top - lines * (side + gap) + gap) // 2
    for i, picture in enumerate(pictures):
        y, x = divmod(i, across)
        _draw_tile(card, picture, (left + x * (side + gap), above + y * (side + gap)), side)
    return above


def _gap_between(count: int) -> int:
    return 8 if count <= 4 else 4


def _arrangement(count: int, width: int, height: int, gap: int) -> tuple[int, int]:
    """The largest scale at which all pictures fit, and how many of them stand in a line."""
    for scale in range(_MOST_SCALE, 0, -1):
        side = _TILE_PX * scale + gap
        across = min(count, (width + gap) // side)
        lines = math.ceil(count / across) if across else math.inf
        if lines * side - gap <= height:
            return scale, math.ceil(count / lines)  # no line much shorter than the others
    return 1, count


def _draw_tile(card: Image.Image, picture: Image.Image, place: tuple[int, int], side: int) -> None:
    def corners(pen: Pen, k: float) -> None:
        pen.rounded_rectangle((0, 0, side * k - 1, side * k - 1), 4 * k, fill=255)

    def inside(pen: Pen, k: float) -> None:
        pen.rounded_rectangle((k, k, (side - 1) * k - 1, (side - 1) * k - 1), 3 * k, fill=255)

    tile = Image.new("RGB", (side, side), _faint(_CARD))
    large = picture.convert("RGB").resize((side, side), Image.Resampling.NEAREST)
    tile.paste(large, (0, 0), _mask((side, side), inside))
    card.paste(tile, place, _mask((side, side), corners))


# Text


def _draw_letters(card: Image.Image, row: Row, box: Box) -> int:
    """The prompt and what was made of it, as large as it fits; returns where it begins."""
    left, top, right, bottom = box
    prompt = _prompt_cells(row.prompt, lines=1 if bottom - top < HEIGHT_PX // 2 else 4)
    size, lines = _setting([*prompt, *row.letters], right - left, bottom - top - 16)
    above = top + max(8, (bottom - top - len(lines) * 2 * size) // 2)
    pen = ImageDraw.Draw(card)
    font, width = _mono(size)
    ink = FAMILIES[row.family].ink.light
    before = bool(prompt)
    for i, line in enumerate(lines):
        for j, letter in enumerate(line):
            place = (left + j * width, above + i * 2 * size)
            _draw_letter(pen, letter, place, font, ink)
            if before and not letter.prompt:
                _draw_rule(pen, place, size)
            before = letter.prompt and before
    return above


def _prompt_cells(prompt: str, lines: int) -> list[Letter]:
    """The end of a prompt, which is what the model goes on from; the title has its beginning."""
    shown = "\n".join(prompt.split("\n")[-lines:])
    if len(shown) > _PROMPT_CHARACTERS * lines:
        rest = shown[-_PROMPT_CHARACTERS * lines :]
        shown = _ELLIPSIS + (rest.partition(" ")[2] or rest)
    return [Letter(character, prompt=True) for character in shown]


def _setting(letters: Sequence[Letter], width: int, height: int) -> tuple[int, list[list[Letter]]]:
    """The largest size at which everything fits; at the smallest, what does not is left out."""
    for size in _TEXT_SIZES:
        across, most = max(1, int(width // _mono(size)[1])), max(1, height // (2 * size))
        lines = _lines(letters, across)
        if len(lines) <= most:
            break
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = [*lines[-1][: across - 1], Letter(_ELLIPSIS, prompt=True)]
    return size, lines


def _lines(letters: Iterable[Letter], across: int) -> list[list[Letter]]:
    """Letters in lines of at most so many, broken between words where there are any."""
    lines: list[list[Letter]] = [[]]
    for letter in _single(letters):
        if letter.text == "\n":
            lines.append([])
            continue
        if len(lines[-1]) == across:
            if letter.text == " ":
                lines.append([])
                continue
            lines[-1], tail = _broken(lines[-1])
            lines.append(tail)
        lines[-1].append(letter)
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    while len(lines) > 1 and not lines[0]:
        del lines[0]
    return lines


def _single(letters: Iterable[Letter]) -> Iterable[Letter]:
    """Tokens of several letters, letter by letter."""
    for token in letters:
        for character in token.text:
            yield Letter(character, token.level, token.rare, token.prompt)


def _broken(line: list[Letter]) -> tuple[list[Letter], list[Letter]]:
    """A full line, and the word at its end that goes to the next; a long word is broken."""
    spaces = [i for i, letter in enumerate(line) if letter.text == " "]
    cut = spaces[-1] + 1 if spaces else len(line)
    return line[:cut], line[cut:]


def _draw_letter(
    pen: Pen, letter: Letter, place: tuple[float, float], font: Font, ink: str
) -> None:
    x, y = place
    size, width = font.size, _mono(int(font.size))[1]
    if _knows(font, letter.text):
        middle = x + width / 2
        colour = _MUTED if letter.prompt else _INK
        pen.text((middle, y + size * 0.95), letter.text, colour, font, anchor="ms")
    elif not letter.text.isspace():
        pen.rectangle((x + 2, y + size * 0.4, x + width - 3, y + size * 0.95), outline=_MUTED)
    if letter.level:
        foot, tall = y + round(size * 1.86), round(size / 16 * (0, 2, 5, 8, 11)[letter.level])
        pen.rectangle((math.ceil(x), foot - tall, math.ceil(x + width) - 3, foot - 1), fill=ink)
    if letter.rare:
        for dot in range(3):
            at = x + width * (0.2 + 0.3 * dot)
            pen.rectangle((at - 1, y + size * 0.1, at, y + size * 0.1 + 1), fill=ink)


def _draw_rule(pen: Pen, place: tuple[float, float], size: int) -> None:
    """Where the model takes over."""
    x = round(place[0]) - 1
    pen.rectangle((x, place[1] + size * 0.1, x, place[1] + size * 1.2), fill=_MUTED)


# Fonts

_FILES = {
    "plain": "IBMPlexSans/IBMPlexSans-Regular.woff2",
    "bold": "IBMPlexSans/IBMPlexSans-Bold.woff2",
    "mono": "IBMPlexMono/IBMPlexMono-Regular.woff2",
}
_NOWHERE = "\uffff"  # a character that no font has


@cache
def _font(kind: str, size: int) -> Font:
    found = find_spec("gradio")  # looks for it, does not import it
    folder = Path(found.origin).parent if found and found.origin else Path()
    file = folder / "templates/frontend/static/fonts" / _FILES[kind]
    try:
        font = ImageFont.truetype(
            io.BytesIO(file.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC
        )
    except OSError:
        font = _own(size)
    # Some of those files hold only a part of the alphabet.
    return font if _has(font, "e") else _own(size)


def _own(size: int) -> Font:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _mono(size: int) -> tuple[Font, float]:
    """A font for model text and the width of each of its letters."""
    font = _font("mono", size)
    return font, math.ceil(max(font.getlength(letter) for letter in "mW"))


@lru_cache(maxsize=4096)
def _has(font: Font, character: str) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(_NOWHERE))


def _knows(font: Font, character: str) -> bool:
    return not character.isspace() and character.isprintable() and _has(font, character)


def legible(text: str, font: Font | None = None) -> str:
    """A text on one line, with names and code points for the characters that the font lacks."""
    face = font or _font("plain", 18)
    return in_known(text[:400], lambda character: _knows(face, character))


def _cut(text: str, font: Font, width: float) -> str:
    """A text that is at most so wide, with an ellipsis where something was left out."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + _ELLIPSIS) > width:
        text = text[:-1]
    return text.rstrip(" ,.:;") + _ELLIPSIS if text else ""


def _wrapped(text: str, font: Font, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


# Shapes and colours


def shape_mask(family: str, side: int) -> Image.Image:
    """The shape of a family as a mask."""
    return _mask((side, side), lambda pen, k: _draw_shape(pen, family, k * side / 16))


def _mask(size: tuple[int, int], drawing: Drawing) -> Image.Image:
    """A drawing with smooth edges."""
    large = Image.new("L", (size[0] * _FINE, size[1] * _FINE))
    drawing(ImageDraw.Draw(large), _FINE)
    return large.reduce(_FINE)


def _draw_shape(pen: Pen, family: str, k: float) -> None:
    """The parts of a family's shape, a unit of which is `k` pixels."""
    for part in FAMILIES[family].shape:
        if isinstance(part, Circle):
            _dot(pen, part.x, part.y, part.radius, k)
        elif isinstance(part, Polygon):
            if part.filled:
                pen.polygon([(x * k, y * k) for x, y in part.points], fill=255)
            if part.stroke:
                _outline(pen, part.points, part.stroke, k)
        else:
            _draw_arc(pen, part, k)


def _draw_arc(pen: Pen, arc: Arc, k: float) -> None:
    outer = arc.radius + arc.stroke / 2  # Pillow draws an arc's width inwards
    box = ((arc.x - outer) * k, (arc.y - outer) * k, (arc.x + outer) * k, (arc.y + outer) * k)
    pen.arc(box, arc.start, arc.end, fill=255, width=round(arc.stroke * k))


def _outline(pen: Pen, points: Sequence[tuple[float, float]], stroke: float, k: float) -> None:
    """A closed line with round corners."""
    around = [(x * k, y * k) for x, y in (*points, points[0])]
    pen.line(around, fill=255, width=round(stroke * k))
    for x, y in points:
        _dot(pen, x, y, stroke / 2, k)


def _dot(pen: Pen, x: float, y: float, radius: float, k: float) -> None:
    box = ((x - radius) * k, (y - radius) * k, (x + radius) * k, (y + radius) * k)
    pen.ellipse(box, fill=255)


def _faint(ground: str) -> str:
    """The colour of a thin frame on some ground."""
    line, below = _rgb(SURFACES["line"].light), _rgb(ground)
    mixed = (round(_FAINT * a + (1 - _FAINT) * b) for a, b in zip(line, below, strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
