"""The pages of a class as HTML: that of students, that of the teacher, and the place “Class”.

Both pages are light ones of their own, without Gradio; their scripts, in the same folder, ask for
what is in the class. Pure but for `pairs`, which draws seeds.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from models.base import ModelSpec, Recipe
from models.datasets import COLOURS, PALETTE, Concept
from models.experiments import results as claim_results
from models.recipe import make_recipe
from models.worlds import in_class
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.features.classroom.join_address import Address
from playground.features.classroom.state.classroom import (
    CAPTION_CHARACTERS,
    MOST_STUDENTS,
    QUESTION_CHARACTERS,
)
from playground.features.classroom.state.token import MOST_TYPED
from playground.features.classroom.state.votes import MOST_HANDS
from playground.features.lessons.lesson import Lesson, Library
from playground.server.site_address import prefix
from playground.web import assets, i18n, tokens
from playground.web.assets import FEATURES, address

FOLDER = FEATURES / "classroom"
_OPENING = (
    '<label for="class-opening">Code for opening, as the terminal of this app shows it</label>'
    '<input id="class-opening" name="opening" autocomplete="off" autocapitalize="characters" '
    'spellcheck="false" required>'
)
_PROMPTS = ("ROMEO:\n", "O, ", "The king ")


def join(code: str = "") -> str:
    """The page of students.

    Args:
        code: what is filled in already.
    """
    main = _template("join").format(
        code=escape(code),
        letters=MOST_TYPED,
        caption=CAPTION_CHARACTERS,
    )
    return _page("Join a class", "./", main, "join_page.js", {"data-place": "join"})


def teacher(code: str, where: Address, about: Mapping[str, Any]) -> str:
    """The teacher's page.

    Args:
        about: what can be chosen: pairs for votes, claims, lessons.
    """
    chosen = escape(json.dumps(about, ensure_ascii=False))
    main = _template("teacher").format(
        code=escape(code),
        typed=escape(where.typed).replace("/join", "<wbr>/join"),  # broken there, if anywhere
        reach="ok" if where.reachable else "error",
        mark="●" if where.reachable else "✕",
        sentence=escape(where.sentence),
        most=MOST_STUDENTS,
        question=QUESTION_CHARACTERS,
        hands=MOST_HANDS,
    )
    attributes = {"data-place": "teacher", "data-code": code, "data-about": chosen}
    return _page(f"Class {code}", "../", main, "teacher_page.js", attributes)


def sorry(sentence: str) -> str:
    """A page that says why there is none."""
    root = escape(prefix())
    main = (
        f'<p class="failure">{escape(sentence)}</p>'
        f'<p class="class-row"><a class="ghost" href="{root}join">Join a class</a>'
        f'<a class="ghost" href="{root}#class">Open a class</a></p>'
    )
    return _page("Class", root, main, "", {"data-place": "sorry"})


def place(lessons: str, *, opening: bool = False) -> str:
    """What stands in the place “Class” of the main page; works without any script.

    Args:
        lessons: the list of lessons, as HTML; "" where there is none.
        opening: whether who opens a class must know the code for it.
    """
    listed = f"<h2>Lessons</h2>{lessons}" if lessons else ""
    files = (FOLDER / "class.css", FEATURES / "lessons" / "lesson.css")
    style = "".join(f'<link rel="stylesheet" href="{address(file)}">' for file in files)
    cards = _template("place").format(letters=MOST_TYPED, opening=_OPENING if opening else "")
    return f'{style}<div class="class-place">{cards}{listed}</div>'


def pairs(services: Services) -> list[dict[str, str]]:
    """Pairs of results for a vote, one of each two families of a world; other seeds every time."""
    found = []
    for kind, world in in_class():
        specs = [s for s in services.of_kind(kind, world) if _is_small(s)]
        for i, one in enumerate(specs):
            for other in specs[i + 1 :]:
                if one.family != other.family:
                    found.append(_pair(one, other))
    return found


def choices(services: Services, library: Library) -> dict[str, Any]:
    """What a teacher may choose from: pairs for votes, claims, lessons."""
    return {
        "pairs": pairs(services),
        "claims": [
            {"id": claim, "title": claim_results.experiment(claim).CLAIM.sentence}
            for claim in claim_results.ids()
        ],
        "lessons": [
            {"id": found.id, "title": found.title, "steps": [step.title for step in found.steps]}
            for found in library.all()
            if isinstance(found, Lesson)
        ],
    }


def _is_small(spec: ModelSpec) -> bool:
    return not spec.files


def _pair(one: ModelSpec, other: ModelSpec) -> dict[str, str]:
    seed = secrets.randbelow(10_000)
    if one.kind == "text":
        prompt = secrets.choice(_PROMPTS)
        recipes = [
            make_recipe(s, prompt=prompt, options=_short(s), seed=seed) for s in (one, other)
        ]
        title, question = f"{one.name} or {other.name}, the same line", _TEXT_QUESTION
    else:
        ink, paper = secrets.SystemRandom().sample(COLOURS, 2)
        concept = Concept(secrets.randbelow(10), ink, paper)
        recipes = [_drawn(s, concept, seed) for s in (one, other)]
        title, question = f"{one.name} or {other.name}, the same digit", _IMAGE_QUESTION
    return {"title": title, "question": question, "link": link_of(recipes)}


_TEXT_QUESTION = "Which one writes more like Shakespeare?"
_IMAGE_QUESTION = "Which one draws more like a person?"


def _short(spec: ModelSpec) -> dict[str, int]:
    return {"length": 160} if any(c.name == "length" for c in spec.controls) else {}


def _drawn(spec: ModelSpec, concept: Concept, seed: int) -> Recipe:
    own = {control.name for control in spec.controls}
    labels = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper, "count": 4}
    options = {name: value for name, value in labels.items() if name in own}
    prompt = concept.caption if "prompt" in spec.can else ""
    return make_recipe(spec, prompt=prompt, options=options, seed=seed)


# Markup


def _page(title: str, root: str, main: str, script: str, attributes: Mapping[str, str]) -> str:
    """A whole page; `attributes` are of its outermost element, and escaped already."""
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    own = f'<script src="{root}{address(FOLDER / script)}"></script>' if script else ""
    unread = i18n.without_scripts() if script else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title>{_head()}"
        f'<link rel="stylesheet" href="{root}{address(FOLDER / "class.css")}"></head>'
        f'<body><div id="front" class="class-page" data-root="{root}"{told} '
        f"{i18n.attribute(root)}>{unread}{main}"
        '<p id="page-said" role="status" aria-live="polite"></p>'
        f"</div>{assets.scripts()}{own}</body></html>\n"
    )


@cache
def _template(name: str) -> str:
    """What a page holds, with braces where something is filled in."""
    return (Path(__file__).parent / f"{name}.html").read_text(encoding="utf-8")


@cache
def _head() -> str:
    return tokens.head(PALETTE)
