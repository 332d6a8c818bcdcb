"""A card fed with events: what it shows of them, without a model and without Gradio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.features.text.place import SCRIPT
from playground.web import assets

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
FACTS = {
    **{"model": "char_lstm", "kind": "text", "family": "lstm", "name": "LSTM <i>"},
    **{"about": "reads <b>", "size": "3 M weights", "details": {"Model": "<script>"}},
    **{"hint": "Press Write.", "sample": "ROMEO:\nO, …"},
}
START = {"recipe": {"model": "char_lstm", "prompt": "<b>O", "options": {}, "seed": 7}, "key": "ab"}
BUILD = """([facts, events]) => {
  const { TextCard } = playground.modules.text_card;
  const part = () => document.body.appendChild(document.createElement("div"));
  const parts = { head: part(), stage: part(), figures: part() };
  window.parts = parts;
  window.card = new TextCard(facts, parts, "text-write");
  for (const event of events) window.card.take(event);
}"""
STAGE = "parts.stage.querySelector('.flow').innerHTML"


@pytest.fixture
def card(open_page: Open) -> Callable[..., Any]:
    """Builds a card on an otherwise empty page."""
    page = open_page(place="Play", alone=True)
    page.add_script_tag(content=assets.script(SCRIPT))

    def build(*events: Any) -> Any:
        page.evaluate(BUILD, [FACTS, list(events)])
        return page

    return build


def letters(*rows: tuple[str, float, int]) -> dict[str, Any]:
    """An event of tokens: piece, probability, rank."""
    return {"letters": [[*row, 2.0] for row in rows]}


def test_an_empty_card_says_what_it_is_and_invites(card: Callable[..., Any]):
    page = card()
    assert page.evaluate("parts.head.querySelector('h3').textContent") == "LSTM <i>"
    assert page.evaluate("parts.head.querySelector('.about').textContent") == (
        "reads <b>3 M weights"
    )
    assert page.evaluate("parts.head.querySelector('header').dataset.family") == "lstm"
    assert page.evaluate(STAGE) == (
        '<span class="prompt">ROMEO:\nO, …</span>\n'
        '<span class="hint" translate="yes">Press Write.</span>'
    )
    assert page.evaluate("parts.stage.firstChild.getAttribute('aria-label')") == "Text by LSTM <i>"


def test_letters_are_text_with_bars_by_surprise(card: Callable[..., Any]):
    page = card(
        {"start": START},
        letters(("T", 0.9, 0), ("e", 0.4, 0), ("<", 0.001, 10), ("\n", 0.01, 2)),
        letters(("a", 0.9, 0), ("", 0.01, 3), ("&", 0.9, 12)),
        {"end": "finished"},
    )
    assert page.evaluate(STAGE) == (
        '<span class="prompt">&lt;b&gt;O</span><i class="rule" aria-hidden="true"></i>'
        'T<b class="t s1">e</b><b class="t s4 r">&lt;</b><b class="t s4 n">\n</b>'
        'a<b class="t r">&amp;</b>'
    )
    assert page.evaluate("parts.figures.innerText.includes('seed 7')")


def test_a_text_only_grows(card: Callable[..., Any]):
    page = card({"start": START}, letters(("a", 0.9, 0), ("b", 0.1, 0)), {"wait": WAIT})
    page.evaluate(
        "window.gone = 0;"
        "new MutationObserver((all) => all.forEach((one) => (gone += one.removedNodes.length)))"
        ".observe(parts.stage, { childList: true, subtree: true });"
    )
    for piece in ("c", "d", "\n"):
        page.evaluate("event => card.take(event)", letters((piece, 0.9, 0), (piece, 0.01, 0)))
    page.evaluate("card.take({ end: 'finished' })")
    assert page.evaluate("card.model.text") == "abccdd\n\n"
    assert page.evaluate("parts.stage.querySelector('.flow').textContent") == "<b>Oabccdd\n\n"
    assert page.evaluate("gone") == 0


WAIT = {"mark": "◔", "words": "loading 2 of 5 s"}


def test_redraws_are_in_measure(card: Callable[..., Any]):
    page = card({"start": START})
    drawn = page.evaluate(
        """async () => {
          let drawn = 0;
          const draw = card.stage.draw.bind(card.stage);
          card.stage.draw = (model) => { drawn += 1; draw(model); };
          const started = performance.now();
          while (performance.now() - started < 1000) {
            card.take({ letters: [["a", 0.5, 0, 1]] });
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
          return drawn;
        }"""
    )
    assert 1 <= drawn <= 13


def test_a_failure_stands_below_what_was_written(card: Callable[..., Any]):
    fail = {"fail": {"sentence": "No & no.", "again": True}}
    page = card({"start": START}, letters(("y", 0.9, 0)), fail)
    assert page.evaluate("parts.stage.textContent") == "<b>OyNo & no.Try again"
    assert page.evaluate("parts.stage.querySelector('[data-press]').dataset.press") == "text-write"
    assert page.evaluate("parts.stage.querySelector('.failure').getAttribute('role')") == "alert"


def test_a_mistake_is_not_offered_again(card: Callable[..., Any]):
    page = card({"fail": {"sentence": "Too <long>.", "again": False}})
    assert page.evaluate("parts.stage.textContent") == "Too <long>."
    assert page.evaluate("parts.stage.querySelectorAll('[data-press]').length") == 0
    assert page.evaluate("parts.head.querySelector('.state').textContent") == "✕ did not work"


def test_a_models_sentence_stands_below_the_figures(card: Callable[..., Any]):
    page = card({"start": START}, letters(("y", 0.9, 0)), {"note": "It was <full>."})
    page.evaluate("card.draw()")
    assert page.evaluate("parts.figures.querySelector('.aside').textContent") == "It was <full>."


def test_an_arrival_is_a_bar_until_the_model_is_here(card: Callable[..., Any]):
    page = card(
        {"arrive": {"words": "arriving, 5 %", "said": "1 MB of 20 MB", "done": 1, "total": 20}}
    )
    page.evaluate("card.draw()")
    assert page.evaluate("parts.stage.textContent") == "LSTM <i> arrives: 1 MB of 20 MB."
    assert page.evaluate("parts.stage.querySelector('progress').value") == 1
    page.evaluate("facts => card.offer(facts)", FACTS)
    assert "Press Write." in page.evaluate("parts.stage.textContent")
    assert page.evaluate("parts.head.querySelector('.state').textContent") == ""


@pytest.mark.parametrize("place", range(5))
def test_a_mark_stands_before_its_letter_and_breaks_nothing(card: Callable[..., Any], place: int):
    rows = (("T", 0.9, 0), ("h", 0.9, 0), ("<", 0.001, 0), ("👩", 0.9, 0), ("end", 0.01, 0))
    page = card({"start": START}, letters(*rows), {"end": "finished"})
    plain = page.evaluate(STAGE)
    page.evaluate("place => card.stage.mark(place)", place)
    mark = '<i class="parting" aria-hidden="true"></i>'
    before, after = page.evaluate(STAGE).split(mark)
    assert before + after == plain
    behind = ("Th", "h", '<b class="t', "👩", '<b class="t')[place]
    assert after.startswith(behind)
    found = page.evaluate(
        "card.stage.places.map(({node, from, piece}) => node.data.slice(from, from + piece.length))"
    )
    assert found == [piece for piece, _, _ in rows]


def test_a_mark_beyond_the_text_is_none(card: Callable[..., Any]):
    page = card({"start": START}, letters(("T", 0.9, 0)))
    page.evaluate("card.stage.mark(9)")
    assert page.evaluate("parts.stage.querySelectorAll('.parting').length") == 0
