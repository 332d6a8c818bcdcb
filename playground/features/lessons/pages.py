"""The pages of lessons: made on the server as they are read, with results that come live.

GET  /lessons               all lessons
GET  /lesson/<id>           one of them, a step at a time; ?step=N, ?projector=1
GET  /lesson/<id>/teacher   what a teacher needs, to be printed
GET  /lesson/own            a lesson of one's own: a file that is read here and kept nowhere
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from models.base import Control, ModelSpec, Recipe
from models.datasets import COLOURS, DIGIT_WORDS, PALETTE
from models.experiments import results
from playground.core.feature import Scene, light_scripts
from playground.core.services import Services
from playground.features.claims import card as claim_card
from playground.features.lessons import lesson as lessons
from playground.features.lessons.blocks import (
    Block,
    ClaimShown,
    Preset,
    Prose,
    Question,
    SceneShown,
    as_request,
)
from playground.features.lessons.lesson import (
    LEVELS,
    SCENES,
    Lesson,
    Library,
    Step,
)
from playground.features.lessons.lines import LessonError
from playground.features.lessons.pieces import markdown
from playground.server.route import Route
from playground.web import assets, i18n, tokens
from playground.web.assets import FEATURES, address
from playground.web.site_info import TITLE

PATH = "/lesson"
FOLDER = FEATURES / "lessons"
OWN = "own"
SHARED_SECONDS = 2.0
"""Enough for a class that opens one together; who writes one sees at once what has changed."""


def routes(services: Services) -> list[Route]:
    """The routes of this module."""
    library = lessons.library_of(services)
    shown = partial(lesson_page, scenes=library.scenes)
    page = partial(_page_route, light_scripts(services.features))
    return [
        page("/lessons", lambda request: list_page(library)),
        page(f"{PATH}/{OWN}", lambda request: own_page(library.scenes)),
        page(f"{PATH}/{{id}}", _shown(library, shown, "../")),
        page(f"{PATH}/{{id}}/teacher", _shown(library, teacher_page, "../../")),
    ]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of ours without Gradio; all addresses in it are relative to the first page.

    Args:
        title: of the window.
        body: what is on it, as HTML.
        base: the way to the first page.
        lesson: the id of the lesson that is read on it, "" where none is.
        scenes: those that may be shown on it.
        status: what it is sent with.
    """

    title: str
    body: str
    base: str
    lesson: str = ""
    scenes: tuple[Scene, ...] = ()
    status: int = 200

    @property
    def html(self) -> str:
        """The whole page with nothing but what belongs to lessons."""
        return self.document()

    def document(self, scripts: Iterable[Path] = ()) -> str:
        """The whole page.

        Args:
            scripts: what other features add to it.
        """
        style = (FOLDER / "lesson.css").read_text(encoding="utf-8")
        own = f'data-lesson="{escape(self.lesson)}"' if self.lesson else ""
        unread = i18n.without_scripts() if self.lesson else ""
        added = "".join(f'<script src="{address(script)}"></script>' for script in scripts)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<base href="{self.base}"><title>{escape(self.title)} · {TITLE}</title>'
            f'{tokens.head(PALETTE)}<style>{style}</style></head><body data-place="play">'
            f'<div id="front" class="lesson-page" data-live data-parts="{assets.PACK_ADDRESS}" '
            f"{own} {i18n.attribute()}>"
            f'{unread}{self.body}<p id="page-said" role="status" aria-live="polite"></p></div>'
            f"{tokens.shape_templates()}{_scripts(self.scenes)}{added}</body></html>\n"
        )


def _page_route(scripts: Iterable[Path], path: str, make: Callable[[Request], Page]) -> Route:
    """Answers with a page, made on a thread: files are read for it."""

    async def answer(request: Request) -> Response:
        page = await anyio.to_thread.run_sync(make, request)
        return HTMLResponse(page.document(scripts), page.status)

    return Route(path, answer, cache_seconds=0, shared_seconds=SHARED_SECONDS)


def _shown(
    library: Library, make: Callable[[Lesson, Mapping[str, ModelSpec]], Page], base: str
) -> Callable[[Request], Page]:
    """A page of the lesson that an address names; in its place, in words, why there is none."""

    def show(request: Request) -> Page:
        try:
            return make(library.get(request.path_params["id"]), library.specs)
        except KeyError:
            sentence = "There is no lesson of this name. The list below has all of them."
            return list_page(library, sentence, 404, base)
        except LessonError as error:
            return list_page(library, str(error), 500, base)

    return show


# Pages


def lesson_page(
    lesson: Lesson, specs: Mapping[str, ModelSpec], scenes: Mapping[str, Scene] = SCENES
) -> Page:
    """One lesson, every step of it in the page and one to be seen."""
    facts = f"{lesson.minutes} minutes · {LEVELS[lesson.level]}"
    main = f'<main id="lesson">{steps(lesson, specs)}</main>'
    names = sorted({each.name for each in lessons.scenes_in(lesson)})
    shown = tuple(scenes[name] for name in names)
    title = f"<h1 {lessons.tongue(lesson.id)}>{escape(lesson.title)}</h1>"
    body = f"{_head(title, facts, deeper=goes_deeper(lesson))}{main}{_NAVIGATION}"
    return Page(lesson.title, body, "../", lesson.id, shown)


def own_page(scenes: Mapping[str, Scene] = SCENES) -> Page:
    """The page that reads a file of the visitor's own."""
    title = "A lesson of your own"
    chooser = (
        '<form id="lesson-own" class="card lesson-own"><p>Choose a Markdown file. It is read and '
        "checked here, shown to you alone, and kept nowhere but in this tab.</p>"
        '<label class="ghost" for="lesson-file">Choose a file</label>'
        '<input id="lesson-file" type="file" accept=".md,.markdown,text/markdown,text/plain">'
        '<div id="lesson-problems" role="alert"></div></form>'
    )
    head = _head(f"<h1>{title}</h1>", "", deeper=True)
    body = f'{head}{chooser}<main id="lesson"></main>{_NAVIGATION}'
    return Page(title, body, "../", OWN, tuple(scenes.values()))


def list_page(library: Library, remark: str = "", status: int = 200, base: str = "./") -> Page:
    """All lessons; above them a sentence, in lines, when there is need of one."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in remark.splitlines())
    notice = f'<div class="notice" role="alert">{lines}</div>' if remark else ""
    facts = "Predict, then look. Each says how long it takes."
    heading = _head("<h1>Lessons</h1>", facts, tools=False)
    body = f"{heading}{notice}<main>{lessons.listing(library)}</main>"
    return Page("Lessons", body, base, status=status)


def teacher_page(lesson: Lesson, specs: Mapping[str, ModelSpec]) -> Page:
    """What to say and to expect at each step, with the time; to be printed."""
    title, own = f"{lesson.title}: the teacher’s page", lessons.tongue(lesson.id)
    starts, rows = 0, []
    for number, step in enumerate(lesson.steps, start=1):
        rows.append(_teaching(step, number, starts, own))
        starts += step.teacher.minutes if step.teacher else 0
    intro = (
        f'<p class="says" {own}>{escape(lesson.summary)}</p>'
        "<p>Students open <b>lesson/" + escape(lesson.id) + "</b> at this machine’s address; add "
        "<b>?projector=1</b> for the wall. PageDown and PageUp, or the arrow keys, go on and back; "
        "on the wall the first PageDown shows the answer, the next goes on.</p>"
        '<p class="no-print"><button type="button" class="ghost" id="lesson-print">Print this page'
        "</button></p>"
    )
    heading = f"<h1><span {own}>{escape(lesson.title)}</span>: the teacher’s page</h1>"
    head = _head(heading, f"{lesson.minutes} minutes", tools=False, back=f"lesson/{lesson.id}")
    body = f'{head}<main class="teaching">{intro}{"".join(rows)}</main>'
    return Page(title, body, "../../")


def _scripts(scenes: Iterable[Scene]) -> str:
    """Ours at once; those of scenes as text, until a step shows them."""
    said = json.dumps({"digits": DIGIT_WORDS, "colours": COLOURS})
    later = "".join(
        assets.waiting(
            assets.script(scene.script),
            f'data-scene="{scene.id}" data-name="{scene.script.stem}"',
        )
        for scene in scenes
    )
    world = f'<script type="application/json" id="lesson-world">{said}</script>'
    return f"{world}{later}{assets.scripts(FOLDER / 'lesson.js')}"


def _text(file: Any) -> str:
    return str(file.read_text(encoding="utf-8"))


def _head(
    heading: str, facts: str, *, tools: bool = True, deeper: bool = False, back: str = "lessons"
) -> str:
    """What stands above a page.

    Args:
        heading: as HTML.
        tools: whether a lesson can be changed here.
        back: where the way back leads.
    """
    hidden = "" if deeper else " hidden"
    said = "All lessons" if back == "lessons" else "To the lesson"
    if not tools and back == "lessons":
        back, said = "./", "Playground"
    buttons = (
        f'<button type="button" class="ghost" id="lesson-deeper" aria-pressed="false"{hidden}>'
        'Go deeper</button><a class="ghost" id="lesson-projector" href="?projector=1">Projector</a>'
        '<button type="button" class="ghost" id="lesson-anew">Begin anew</button>'
    )
    shown = f'<div class="lesson-tools">{buttons}</div>' if tools else ""
    return (
        f'<header class="lesson-head"><a class="lesson-back" href="{back}">'
        f'<span aria-hidden="true">←</span> {said}</a>'
        f'{heading}<p class="lesson-facts">{escape(facts)}</p>{shown}</header>'
    )


_NAVIGATION = (
    '<nav class="lesson-nav" aria-label="Steps"><button type="button" class="ghost" '
    'id="lesson-back" aria-keyshortcuts="PageUp ArrowLeft">Back</button><div class="lesson-place">'
    '<span id="lesson-place"></span><progress id="lesson-progress" aria-label="How far you are" '
    'max="1" value="0"></progress></div><button type="button" class="primary" id="lesson-next" '
    'aria-keyshortcuts="PageDown ArrowRight">Next</button></nav>'
)


# Steps


def steps(lesson: Lesson, specs: Mapping[str, ModelSpec]) -> str:
    """All steps of a lesson, as HTML."""
    return "".join(
        _step(step, number, lesson.id, specs) for number, step in enumerate(lesson.steps, start=1)
    )


def goes_deeper(lesson: Lesson) -> bool:
    """Whether there is more in it for who wants that."""
    blocks = (block for step in lesson.steps for block in (*step.before, *step.after))
    return any(isinstance(block, Prose) and block.deeper for block in blocks)


def _step(step: Step, number: int, lesson_id: str, specs: Mapping[str, ModelSpec]) -> str:
    own = lessons.tongue(lesson_id)
    before = "".join(_block(block, specs, own) for block in step.before)
    asked = _question(step.question, f"{lesson_id}.{number}", own) if step.question else ""
    after = "".join(_block(block, specs, own) for block in step.after)
    hidden = f'<div class="after" hidden>{after}</div>' if step.question else after
    heading = f'<h2 id="step-{number}" tabindex="-1" {own}>{escape(step.title)}</h2>'
    return (
        f'<section class="step" data-step="{number}" aria-labelledby="step-{number}" hidden>'
        f"{heading}{before}{asked}{hidden}</section>"
    )


def _block(block: Block, specs: Mapping[str, ModelSpec], own: str) -> str:
    """One block as HTML; `own` are the attributes of what the lesson says."""
    if isinstance(block, Prose):
        shown = markdown().render(block.words)
        deeper = f'<aside class="more" {own}>{shown}</aside>'
        return deeper if block.deeper else f'<div class="prose" {own}>{shown}</div>'
    if isinstance(block, Preset):
        return f'<div class="preset" data-preset="{_json(_preset(block, specs))}"></div>'
    if isinstance(block, ClaimShown):
        return _claim(block.claim)
    if isinstance(block, SceneShown):
        return f'<section class="scene" id="scene-{block.name}"></section>'
    return ""


def _claim(claim: str) -> str:
    """What a claim's experiment came to, with its chart and how it was measured."""
    found = results.shipped(claim)
    if found is None:
        return ""
    about = results.experiment(claim).CLAIM
    return (
        f'<article class="claim card lesson-claim" data-claim="{claim}">'
        f"<h3>{escape(about.sentence)}</h3>{claim_card.judged(claim, found.outcome)}"
        f"{claim_card.details(claim, found)}"
        '<p><a href="./#claims">Repeat it at Claims</a></p></article>'
    )


def _preset(preset: Preset, specs: Mapping[str, ModelSpec]) -> dict[str, Any]:
    concept = preset.concept
    asked = (
        {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper} if concept else None
    )
    return {
        "runs": [_run(recipe, specs[recipe.model]) for recipe in preset.recipes],
        "show": preset.shown,
        "lock": preset.locked,
        "blind": preset.blind,
        "concept": asked,
    }


def _run(recipe: Recipe, spec: ModelSpec) -> dict[str, Any]:
    controls = (*spec.controls, *spec.inputs.get(recipe.task, ()))
    facts = {"name": spec.name, "family": spec.family, "kind": spec.kind}
    reads = "prompt" in spec.can
    return {
        **as_request(recipe),
        **facts,
        "reads": reads,
        "controls": [_control(control) for control in controls],
    }


def _control(control: Control) -> dict[str, Any]:
    names = ("name", "label", "kind", "low", "high", "step", "choices", "help")
    return {name: getattr(control, name) for name in names}


def _question(question: Question, question_id: str, own: str) -> str:
    about = {"answer": question.answer, "unit": question.unit, "number": not question.options}
    why = markdown().renderInline(question.why)
    fields = _options(question, question_id) if question.options else _number(question, question_id)
    return (
        f'<form class="question card" data-id="{question_id}" data-question="{_json(about)}">'
        f"<fieldset {own}><legend>{escape(question.ask)}</legend>{fields}</fieldset>"
        '<div class="question-ask"><button type="submit" class="primary">This is my guess</button>'
        '<button type="button" class="ghost question-skip">Show without a guess</button></div>'
        '<div class="question-answer" aria-live="polite" hidden><p class="question-said"></p>'
        f'<p class="question-why" {own}>{why}</p><div class="question-class"></div></div></form>'
    )


def _options(question: Question, question_id: str) -> str:
    options = "".join(
        f'<label><input type="radio" name="{question_id}" value="{escape(option.words)}">'
        f"<span>{escape(option.words)}</span></label>"
        for option in question.options
    )
    return f'<div class="question-options">{options}</div>'


def _number(question: Question, question_id: str) -> str:
    middle = (question.low + question.high) / 2
    return (
        f'<div class="question-number"><input type="range" name="{question_id}" '
        f'min="{question.low:g}" max="{question.high:g}" step="{question.step:g}" '
        f'value="{middle:g}" aria-label="{escape(question.ask)}"><output></output></div>'
    )


def _json(content: object) -> str:
    return escape(json.dumps(content, ensure_ascii=False))


# The teacher's page


def _teaching(step: Step, number: int, starts: int, own: str) -> str:
    teacher = step.teacher
    time = f"{starts}–{starts + teacher.minutes} min" if teacher else ""
    parts = []
    if teacher:
        parts.append(_notes("Say", teacher.say, own))
    if step.question:
        parts.append(_expected(step.question, own))
    if teacher:
        expect, wrong = ("Expect", teacher.expect), ("If it goes wrong", teacher.wrong)
        parts += [_notes(*each, own) for each in (expect, wrong)]
    return (
        f'<section class="teaching-step"><h2><span class="teaching-time">{time}</span>'
        f"<span {own}>{number}. {escape(step.title)}</span></h2><dl>{''.join(parts)}</dl></section>"
    )


def _notes(title: str, notes: Iterable[str], own: str) -> str:
    shown = "".join(f"<dd {own}>{markdown().renderInline(note)}</dd>" for note in notes)
    return f"<div><dt>{title}</dt>{shown}</div>" if shown else ""


def _expected(question: Question, own: str) -> str:
    """A question with its answer, which is taken from the shipped figures where they decide."""
    unit = f" {question.unit}" if question.unit else ""
    said = f"<b {own}>{escape(question.answer + unit)}</b>"
    answer = said if question.answer else "<b>none is right or wrong</b>"
    options = " · ".join(option.words for option in question.options)
    choices = f"<dd {own}>{escape(options)}</dd>" if options else ""
    why = f"<dd {own}>{markdown().renderInline(question.why)}</dd>" if question.why else ""
    return (
        f"<div><dt>Ask</dt><dd {own}>{escape(question.ask)}</dd>{choices}</div>"
        f"<div><dt>Answer</dt><dd>{answer}</dd>{why}</div>"
    )
