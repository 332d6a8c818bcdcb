"""Score a text: what was pasted, read by the two models that the cards above name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import Recipe
from playground.core.follow import perform
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.core.share_link import link_of
from playground.features.text import score, token_readout
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.web import download_status, markup

PLACE = "text-score"
SCORE, STOP = "Score", "Stop"
BUTTON = f"{PLACE}-press"
EXAMPLE_TEXT = (
    "ROMEO:\nBut soft, what light through yonder window breaks?\n\n"
    "The train to the airport leaves at noon."
)
"""One line that the small models have read, and one that no book of theirs holds."""


class ScoreView(NamedTuple):
    """Everything that changes while a text is scored, in output order."""

    totals: str
    strip: str
    parting: str
    button: str
    announcement: str
    link: str


def score_text(
    services: Services, text: str, left: str, right: str, request: gr.Request
) -> Iterator[ScoreView]:
    """Let two models read a text, both at once, and compare them letter by letter."""
    score.checked_text(text)
    specs = [services.spec(model) for model in (left, right)]
    readings = [
        token_readout.reading_of(spec, text, here=download_status.is_here(services, spec))
        for spec in specs
    ]
    link = link_of([r.recipe for r in readings if r.recipe])
    page = _Page(text, readings, score.Strip(text, readings), link)
    for _ in perform(services, visitor_of(request), PLACE, readings):
        yield page.view(STOP)
    yield page.last()


def stop_scoring(services: Services, button: str, request: gr.Request) -> None:
    """Stop reading, if the button says Stop."""
    if button == STOP:
        services.stop(visitor_of(request), PLACE)


def restore_score(recipes: Sequence[Recipe]) -> object:
    """The text that the recipes of a link score; leaves the field alone if none does."""
    texts = [recipe.prompt for recipe in recipes if recipe.task == token_readout.SCORE]
    return texts[0] if texts else gr.skip()


@dataclass(slots=True)
class _Page:
    """What stands below the field at this moment."""

    text: str
    readings: Sequence[token_readout.Reading]
    strip: score.Strip
    link: str
    words: list[score.Word] = field(default_factory=list)

    def view(self, button: str) -> ScoreView:
        """While it goes on."""
        totals = score.totals(self.readings, len(self.text))
        return ScoreView(totals, self.strip.html(), "", button, "", self.link)

    def last(self) -> ScoreView:
        """At the end: the strip once more with its marks, and all that needs the whole text."""
        self.strip.html()
        left, right = self.readings
        both = left.finished and right.finished
        marks = [score.marks_of(r.pieces) for r in self.readings]
        words = score.words_of(self.text, *marks) if both else []
        apart = score.parting(words)
        said = score.verdict(left, right, len(self.text), words) if both else ""
        pieces = [
            score.legend([r.spec for r in self.readings]),
            score.verdict_line(said),
            score.table(apart, self.readings),
            markup.tools(markup.copy_link(self.link), score.data(self.text, self.readings)),
        ]
        return ScoreView(
            score.totals(self.readings, len(self.text)),
            self.strip.marked(apart),
            "".join(pieces),
            SCORE,
            " ".join(filter(None, (score.announcement(self.readings, len(self.text)), said))),
            self.link,
        )


def build_score(services: Services, left: Component, right: Component) -> gr.Textbox:
    """Lay out the section and connect it.

    Args:
        left: the picker of the left card's model.

    Returns:
        the field for the text, which `restore_score` fills.
    """
    wiring.html('<h2 class="part">Score a text</h2>')
    wiring.html(
        markup.says(
            "Paste any text: the two models above read it, and each letter shows how much it "
            "surprised them. Fewer bits a letter: the better guesser."
        )
    )
    with gr.Row(elem_classes="ask"):
        text = gr.Textbox(
            EXAMPLE_TEXT,
            label=f"A text of up to {score.MOST_CHARACTERS:,} letters",
            lines=4,
            max_lines=8,
            max_length=score.MOST_CHARACTERS,
            elem_id=f"{PLACE}-text",
        )
        button = gr.Button(SCORE, elem_classes="ghost", elem_id=BUTTON)
    views = [wiring.html("", f"{PLACE}-{name}") for name in ("totals", "strip", "parting")]
    wiring.on_press(
        "text_score",
        [button.click],
        bind(score_text, services),
        [text, left, right],
        [*views, button, *wiring.hidden(PLACE)],
    )
    wiring.on_stop("text_score_stop", button, bind(stop_scoring, services))
    return text
