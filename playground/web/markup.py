"""What the screen shows, as HTML strings. Pure: no gradio, no state, everything escaped.

Model output is text, never markup: each string that a visitor or a model can influence goes
through `escape`. Numbers get their units in `core/format.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from html import escape
from urllib.parse import quote

from models.base import ModelSpec, Recipe
from models.datasets import Concept, known_words, split_words
from models.families import FAMILIES
from playground.core.describe import concept_words
from playground.core.format import size, tagline_of
from playground.web.tokens import shape_svg

NO_STATE = '<span class="state"></span>'
"""Keeps the place of a card's state before there is one."""

# Pieces shared by all cards


def state(kind: str, mark: str, words: str, *, busy: bool = False) -> str:
    """A card's state in its header: always a mark and a word, never colour alone."""
    sign = f'<i aria-hidden="true">{escape(mark)}</i> ' if mark else ""
    classes = "state busy" if busy else "state"
    return f'<span class="{classes}" data-state="{kind}">{sign}{escape(words)}</span>'


def figures(*parts: str, note: str = "") -> str:
    """The line of at most three figures under a card's stage, and a remark of the model below."""
    line = " · ".join(escape(part) for part in parts if part)
    remark = f'<p class="aside">{escape(note)}</p>' if note else ""
    return f'<p class="figures">{line}</p>{remark}'


def failure(sentence: str, press: str = "") -> str:
    """A sentence that says what to do, and the button to press again where that may help."""
    said = f'<p class="failure" role="alert">{escape(sentence)}</p>'
    if not press:
        return said
    button = f'<button type="button" class="ghost" data-press="{escape(press)}">Try again</button>'
    return f"{said}<p>{button}</p>"


def hint(sentence: str) -> str:
    """What an empty card says."""
    return f'<p class="hint">{escape(sentence)}</p>'


def says(sentence: str) -> str:
    """A muted line that says what a part of the page is about."""
    return f'<p class="says">{escape(sentence)}</p>'


def arriving(name: str, words: str, done_bytes: int, total_bytes: int) -> str:
    """How far the download of a model is, as a bar and in words."""
    return (
        f'<p class="hint">{escape(name)} arrives: {escape(words)}.</p>'
        f'<progress aria-label="{escape(f"Download of {name}")}" max="{max(1, total_bytes)}" '
        f'value="{done_bytes}"></progress>'
    )


def remark(piece: str) -> str:
    """A line below the prompt, of a piece of HTML."""
    return f'<p class="reading">{piece}</p>'


def breaks_heading() -> str:
    """What stands before the chips that break a recipe."""
    return '<p class="breaks-heading">Break it</p>'


def broke(sentence: str) -> str:
    """What a broken recipe shows, and why."""
    return f'<p class="reading" role="status">{escape(sentence)}</p>'


def notice(sentence: str) -> str:
    """A line about the page as a whole; "" for none."""
    return f'<p class="notice" role="status">{escape(sentence)}</p>' if sentence else ""


def copy_link(link: str) -> str:
    """The button that copies the address of this page with these recipes; "" when too long."""
    if not link:
        return ""
    return f'<button type="button" class="ghost" data-link="{escape(link)}">Copy link</button>'


def postcard(link: str) -> str:
    """The link that saves a picture of these results with a code to scan; "" when too long."""
    if not link:
        return ""
    address = f"postcard.png?recipe={quote(link, safe='')}"
    return save_link(address, f"postcard-{link[-8:]}.png", "Postcard")


def tools(*pieces: str) -> str:
    """The row of things one can do with a result."""
    return f'<div class="tools">{"".join(pieces)}</div>'


def result_tools(link: str, specs: Sequence[ModelSpec], recipes: Sequence[Recipe]) -> str:
    """The row under a result: its link, its postcard, and all about it."""
    return tools(copy_link(link), postcard(link), details(specs, recipes))


def details(specs: Sequence[ModelSpec], recipes: Sequence[Recipe]) -> str:
    """A drawer with everything about a result that is not on the card."""
    cards = "".join(_model_facts(spec) for spec in specs)
    rows = "".join(_recipe_facts(recipe) for recipe in recipes)
    return f'<details class="details"><summary>Details</summary>{cards}{rows}</details>'


def _model_facts(spec: ModelSpec) -> str:
    facts = {
        "Model": spec.title,
        "Size": size(spec),
        "Weights": spec.revision,
        "Licence": spec.licence,
        "After": spec.paper,
    }
    return _table(facts)


def _recipe_facts(recipe: Recipe) -> str:
    text = json.dumps(recipe.as_dict(), ensure_ascii=False, indent=1)
    return _table({"Recipe": recipe.key[:12]}) + f'<pre tabindex="0">{escape(text)}</pre>'


def _table(facts: dict[str, str]) -> str:
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    return f"<dl>{rows}</dl>"


# Text


def surprise_legend() -> str:
    """One line that explains the bars, with real bars."""
    words = ("under 1 bit", "1–2", "2–4", "4–6", "over 6")
    samples = "".join(
        f'<span><b class="t s{level}">e</b>{word}</span>'
        if level
        else f"<span><b>e</b>{word}</span>"
        for level, word in enumerate(words)
    )
    return (
        '<p class="legend">Bars show how surprised the model was by each letter: '
        f'<span class="samples">{samples}<span><b class="t r">e</b>not among its '
        "ten favourites</span></span></p>"
    )


# Pictures


WORDLESS = "Takes no words: its seed decides."
"""The brief of a model that cannot be asked for anything."""


def draws(prompt: str) -> str:
    """The brief of a model that was asked in words."""
    return f"Draws “{prompt}”."


def brief(words: str) -> str:
    """The line above a card's pictures on what the model was asked; "" for none."""
    return f'<p class="brief" title="{escape(words)}">{escape(words)}</p>' if words else ""


def tile(source: str, alt: str, file_name: str, *, photo: bool = False) -> str:
    """One picture; pressing it saves the very file that is shown.

    Args:
        photo: shown smooth, and not in pixels as large as they come.
    """
    smooth = ' class="photo"' if photo else ""
    picture = f'<img src="{escape(source)}" alt="{escape(alt)}" decoding="sync"{smooth}>'
    if not file_name:
        return f'<span class="tile">{picture}</span>'
    hint = escape(f"Save {file_name}")
    return (
        f'<button type="button" class="tile" data-save="{escape(file_name)}" title="{hint}">'
        f"{picture}</button>"
    )


def empty_tiles(count: int) -> str:
    """Frames for pictures that are still to come, so that nothing moves when they do."""
    return '<span class="tile empty"></span>' * count


def tiles(pieces: Iterable[str], count: int) -> str:
    """The stage of a picture card; how many there are decides how large they are."""
    crowd = "one" if count == 1 else "few" if count <= 4 else "many"
    return f'<div class="tiles {crowd}">{"".join(pieces)}</div>'


def family_heading(spec: ModelSpec, state_html: str) -> str:
    """A card's header: shape, name, state, and what the model is in a few words."""
    word = FAMILIES[spec.family].word if spec.family in FAMILIES else ""
    name = spec.name or word
    return (
        f'<header class="heading" data-family="{escape(spec.family)}">{shape_svg(spec.family)}'
        f'<h3>{escape(name)}</h3>{state_html}<p class="about">{escape(tagline_of(spec))}'
        f'<span class="size">{escape(size(spec))}</span></p></header>'
    )


def marked_words(prompt: str, known: Collection[str]) -> str:
    """A prompt with each word marked that no caption in training ever held."""
    return "".join(_marked(piece, known) for piece in re.split(r"(\s+)", prompt))


def unknown_words(prompt: str, known: Collection[str]) -> list[str]:
    """The words of a prompt that no caption in training ever held, each once."""
    return list(dict.fromkeys(w for w in split_words(prompt) if w not in known))


def _marked(piece: str, known: Collection[str]) -> str:
    if any(word not in known for word in split_words(piece)):
        return f'<mark title="never seen in training">{escape(piece)}</mark>'
    return escape(piece)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{escape(word)}”" for word in words)


def reading(prompt: str, concept: Concept) -> str:
    """What each family will make of the request: who reads the words, who goes by the labels."""
    said = prompt.strip() or concept.caption
    lines = [_plain_reading()] if said == concept.caption else _free_reading(said, concept)
    if concept.held_out:
        lines.append('<span class="held-out">never shown in training</span>')
    return f'<p class="reading">{" ".join(lines)}</p>'


def translated(caption: str) -> str:
    """What a prompt in another language was taken for; "" for none."""
    if not caption:
        return ""
    words = "Taken for the English caption, since the models have read no other language:"
    return f'<p class="reading">{words} <q>{escape(caption)}</q></p>'


def _plain_reading() -> str:
    return "Diffusion reads the words. GAN and VAE cannot read: they go by digit, ink and paper."


def _free_reading(said: str, concept: Concept) -> list[str]:
    lines = [f"Diffusion reads <q>{marked_words(said, known_words())}</q>."]
    if unknown := unknown_words(said, known_words()):
        lines.append(f"It has never seen {_quoted(unknown)}.")
    labels = escape(concept_words(concept))
    return [*lines, f"GAN and VAE cannot read: they go by the labels, {labels}."]


def name_reading(
    name: str, names: Collection[str], known: Collection[str], *, invented: bool
) -> str:
    """What diffusion will make of the name of an emoji; the other families take no words.

    Args:
        names: those that exist; none of them when they are not here.
        known: the words that these hold.
        invented: whether a model has just made the name up.
    """
    lines = _name_lines(name, names, known)
    if invented:
        badge = existence(name in names) if names else "invented"
        lines.insert(0, f'<span class="badge">{badge}</span>')
    return f'<p class="reading">{" ".join(lines)}</p>'


def _name_lines(name: str, names: Collection[str], known: Collection[str]) -> list[str]:
    if not name:
        return ["Write a name, or let one be invented."]
    if not names:
        return [f"Diffusion reads <q>{escape(name)}</q>."]
    lines = [f"Diffusion reads <q>{marked_words(name, known)}</q>."]
    if " ".join(split_words(name)) in names:
        return [*lines, "There is an emoji of this name."]
    if unknown := unknown_words(name, known):
        return [*lines, f"No name that it has read holds {_quoted(unknown)}."]
    return [*lines, "It has read each of these words, but no emoji is called so."]


def existence(known: bool) -> str:
    """What is said of an invented name."""
    return "it exists" if known else "a new name"


def suggestions(names: Iterable[str]) -> str:
    """Names to choose from with a press, or with the arrow keys out of the prompt."""
    options = "".join(
        f'<button type="button" class="ghost" role="option" tabindex="-1" aria-selected="false" '
        f'id="emoji-name-{number}" data-name="{escape(name)}">{escape(name)}</button>'
        for number, name in enumerate(names)
    )
    return f'<div id="emoji-names" role="listbox" aria-label="Names that exist">{options}</div>'


def refusal(sentence: str) -> str:
    """Why the request as it stands cannot be drawn."""
    return f'<p class="reading failure" role="alert">{escape(sentence)}</p>'


def family_card(spec: ModelSpec, heading: str, stage: str, figures_html: str, save: str) -> str:
    """One family's card in the grid."""
    return (
        f'<section class="card family" data-family="{escape(spec.family)}" '
        f'aria-label="{escape(spec.name)}">{heading}{stage}'
        f'<div class="foot">{figures_html}{save}</div></section>'
    )


def grid(cards: Sequence[str]) -> str:
    """The families beside each other: rows on a phone, columns where there is room."""
    return f'<div class="grid">{"".join(cards)}</div>'


def save_link(address: str, file_name: str, label: str) -> str:
    """A link that saves a file which is part of the page itself."""
    return (
        f'<a class="ghost" download="{escape(file_name)}" href="{escape(address)}">'
        f"{escape(label)}</a>"
    )
