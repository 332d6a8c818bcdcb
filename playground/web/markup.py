"""What the screen shows, as HTML strings. Pure: no gradio, no state, everything escaped.

Model output is text, never markup: each string that a visitor or a model can influence goes
through `escape`. Numbers get their units in `core/format.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape

from models.datasets import Concept, known_words, split_words
from playground.core.describe import concept_words

OWN = 'translate="no" class="notranslate"'
"""Attributes of an element that holds what a visitor or a model wrote: no translation touches it,
neither the page's nor a browser's."""

# Pieces shared by all places


def failure(sentence: str) -> str:
    """What went wrong, in a sentence that says what to do."""
    return f'<p class="failure" role="alert">{escape(sentence)}</p>'


def hint(sentence: str) -> str:
    """What an empty card says."""
    return f'<p class="hint">{escape(sentence)}</p>'


def says(sentence: str) -> str:
    """A muted line that says what a part of the page is about."""
    return f'<p class="says">{escape(sentence)}</p>'


def headed(sentence: str, *headings: str) -> str:
    """Such a line that begins with a few words in bold."""
    bold = " ".join(f"<b>{escape(heading)}</b>" for heading in headings)
    return f'<p class="says">{bold} {escape(sentence)}</p>'


def breaks_heading() -> str:
    """What stands before the chips that break a recipe."""
    return '<p class="breaks-heading">Break it</p>'


def broke(sentence: str) -> str:
    """What a broken recipe shows, and why."""
    return f'<p class="reading" role="status">{escape(sentence)}</p>'


def notice(sentence: str) -> str:
    """A line about the page as a whole; "" for none."""
    return f'<p class="notice" role="status">{escape(sentence)}</p>' if sentence else ""


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
    return ", ".join(f"<span {OWN}>“{escape(word)}”</span>" for word in words)


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
    return f'<p class="reading">{words} <q {OWN}>{escape(caption)}</q></p>'


def named(name: str) -> str:
    """What an emoji, or a name in another language, was taken for."""
    words = "Taken for the English name, since the models have read no other:"
    return f'<p class="reading">{words} <q {OWN}>{escape(name)}</q></p>'


def _plain_reading() -> str:
    return "Diffusion reads the words. GAN and VAE cannot read: they go by digit, ink and paper."


def _free_reading(said: str, concept: Concept) -> list[str]:
    lines = [f"Diffusion reads <q {OWN}>{marked_words(said, known_words())}</q>."]
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
        return [f"Diffusion reads <q {OWN}>{escape(name)}</q>."]
    lines = [f"Diffusion reads <q {OWN}>{marked_words(name, known)}</q>."]
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
    label = 'role="listbox" aria-label="Names that exist"'
    return f'<div id="emoji-names" {label} {OWN}>{options}</div>'


def refusal(sentence: str) -> str:
    """Why the request as it stands cannot be drawn."""
    return f'<p class="reading failure" role="alert">{escape(sentence)}</p>'
