"""Any text under two models: the figures, where they part, and the page that shows them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import torch

from models.engine import Engine
from models.pool import Pool
from models.recipe import decode_link, encode_link
from playground import site
from playground.core.services import Services
from playground.features.text import score, token_readout
from playground.features.text import score_section as tab
from playground.features.text.score import Mark, Word
from playground.registry import FEATURES
from tests import tiny_models
from tests.fake_catalogue import SPECS
from tests.features.text.test_token_readout import loaded, step

TEXT = "The quality of mercy\nis not strain'd.  It droppeth as the gentle rain."


@pytest.fixture(scope="module", params=["gpt2_mini", "gpt2"])
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Services over a tiny LSTM and a tiny GPT-2, with letters or with GPT-2's own tokens."""
    other = getattr(tiny_models, request.param)(tmp_path_factory.mktemp("gpt"))
    lstm = tiny_models.char_lstm(tmp_path_factory.mktemp("lstm"))
    pool = Pool({spec.id: spec for spec in (lstm, other)})
    engine = Engine(pool)
    specs = {spec.id: spec for spec in (lstm, other)}
    yield Services(engine, pool, specs, features=FEATURES)
    engine.close()
    pool.close()


def scored(
    services: Services, visitor: Any, text: str = TEXT, **models: str
) -> list[tab.ScoreView]:
    """Everything the page shows while a text is scored."""
    other = next(m for m in services.specs if m != "char_lstm")
    picked = {"left": "char_lstm", "right": other, **models}
    return list(tab.score_text(services, text, request=visitor, **picked))


def plain_bits(adapter: Any, text: str) -> float:
    """Bits of a text by a plain loop over torch's cross-entropy, one prefix at a time."""
    ids, total = adapter.encode(text), 0.0
    for place, token in enumerate(ids):
        window = [adapter.start, *ids[:place]]
        logits = adapter.logits_of(torch.tensor([window]))[0, -1:]
        total += float(torch.nn.functional.cross_entropy(logits, torch.tensor([token])))
    return total / math.log(2)


def held(view: tab.ScoreView) -> dict[str, Any]:
    """What the browser is told of every piece."""
    found = re.search(r'data-score="([^"]*)"', view.parting)
    assert found
    return json.loads(unescape(found[1]))


def test_bits_are_those_of_a_plain_loop_over_cross_entropy(small: Services, visitor: Any):
    text = TEXT[:30]  # within the context of the tiny ones
    last = scored(small, visitor, text)[-1]
    models = held(last)["models"]
    assert len(models) == 2
    for model, spec in zip(models, small.specs.values(), strict=True):
        expected = plain_bits(loaded(spec), text)
        bits = sum(piece[2] for piece in model["pieces"])
        assert bits == pytest.approx(expected, rel=0.02)
        shown = re.findall(r"([\d.]+) bits a letter", last.totals)
        assert float(shown[models.index(model)]) == pytest.approx(bits / len(text), abs=0.006)


def test_every_letter_has_a_place_in_both(small: Services, visitor: Any):
    data = held(scored(small, visitor)[-1])
    assert data["text"] == TEXT
    for model in data["models"]:
        ends = [start + length for start, length, *_ in model["pieces"]]
        assert [0, *ends[:-1]] == [start for start, *_ in model["pieces"]]
        assert ends[-1] == len(TEXT)


def test_the_strip_only_grows_and_is_marked_at_the_end(small: Services, visitor: Any):
    views = scored(small, visitor, TEXT * 4)
    strips = [view.strip for view in views]
    assert len({len(s) for s in strips}) > 2
    assert all(b.startswith(a) for a, b in pairwise(strips[:-1]))
    assert strips[-1].count("<b ") == len(TEXT * 4)
    assert {view.button for view in views[:-1]} == {"Stop"}
    assert views[-1].button == "Score"
    assert 'class="m' in strips[-1]


def test_the_link_scores_again(small: Services, visitor: Any):
    recipes = decode_link(scored(small, visitor)[-1].link, small.specs)
    assert [r.task for r in recipes] == ["score", "score"]
    assert {r.model for r in recipes} == set(small.specs)
    assert tab.restore_score(recipes) == TEXT


def test_what_it_says_at_the_end(small: Services, visitor: Any):
    last = scored(small, visitor)[-1]
    assert last.announcement.startswith("LSTM, ")
    assert "bits a letter less than" in last.announcement
    assert "data-link" in last.parting
    again = scored(small, visitor, left="char_lstm", right="char_lstm")[-1]
    assert "Both are LSTM" in again.parting


def test_a_model_that_cannot_read_is_named_and_the_other_goes_on(small: Services, visitor: Any):
    text = "Café au lait"
    last = scored(small, visitor, text)[-1]
    assert "LSTM: This model knows only the 65 characters of its book" in last.totals
    assert "cannot read: é. Leave them out" in last.totals
    reads = "gpt2" in small.specs
    assert ("12 letters" in last.totals) == reads
    assert last.strip.count("<b ") == (len(text) if reads else 0)
    assert "score-verdict" not in last.parting


def test_stop_keeps_what_was_read(services: Any, visitor: Any):
    text = "What light " * 60
    going = tab.score_text(services, text, "char_lstm", "gpt2_mini", request=visitor)
    views = [next(going) for _ in range(4)]
    tab.stop_scoring(services, "Score", visitor)
    assert services.followers.of("visitor", tab.PLACE)
    tab.stop_scoring(services, "Stop", visitor)
    views.extend(going)
    assert "stopped at " in views[-1].totals
    assert views[-1].button == "Score"
    assert "score-verdict" not in views[-1].parting
    assert not services.followers.of("visitor", tab.PLACE)


@pytest.mark.parametrize(("text", "words"), [("", "Paste"), (None, "Paste"), ("x" * 2001, "2001")])
def test_what_is_no_text_is_refused(text: object, words: str):
    with pytest.raises(ValueError, match=words):
        score.checked_text(text)


def test_a_link_of_a_score_opens_the_section_and_leaves_the_prompt(services: Any):
    recipes = [
        token_readout.reading_of(SPECS[m], "O, what", offset=0).recipe for m in ("gpt2_mini",)
    ]
    link = encode_link([r for r in recipes if r])
    request = SimpleNamespace(session_hash="visitor", query_params={"recipe": link})
    _, _, press, *form = site.open_page(services, request)
    assert press == tab.BUTTON
    assert form[0] == gr.skip()
    assert form[1] == "gpt2_mini"
    assert "O, what" in form


# Numbers


def mark(bits: float) -> Mark:
    return Mark(bits, 0, first=True, last=True)


def test_a_piece_shares_its_bits_among_its_letters():
    reading = token_readout.Reading(SPECS["gpt2_mini"])
    for number, (text, probability) in enumerate((("ab", 1 / 16), ("c", 1 / 2))):
        reading.take(step(number, text, probability, rank=number))
    assert score.marks_of(reading.pieces) == [
        Mark(2.0, 0, True, False),
        Mark(2.0, 0, False, True),
        Mark(1.0, 1, True, True),
    ]


@pytest.mark.parametrize("text", [TEXT, "one", " ", "\n\na  b \n", "a b"])
def test_words_hold_every_letter_once(text: str):
    left, right = [mark(1.0)] * len(text), [mark(0.5)] * len(text)
    words = score.words_of(text, left, right)
    assert "".join(word.text for word in words) == text
    assert sum(word.difference for word in words) == pytest.approx(-0.5 * len(text))


def test_words_that_part_come_largest_first_either_way():
    words = [
        Word(i, i + 1, str(i), 5.0, 5.0 + d) for i, d in enumerate((0.5, -3, 2, 8, -1.5, 1, 9))
    ]
    assert [w.difference for w in score.parting(words, most=4)] == [9, 8, -3, 2]
    assert score.parting(words[:1]) == []


def readings(left: float, right: float, count: int = 10) -> list[token_readout.Reading]:
    """Two models that gave every letter of a text so many bits."""
    made = []
    for model, bits in (("char_lstm", left), ("gpt2_mini", right)):
        reading = token_readout.Reading(SPECS[model])
        for number in range(count):
            reading.take(step(number, "x", 2.0**-bits, rank=0))
        made.append(reading)
    return made


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (1, 3, "LSTM needs 2.0 bits a letter less than GPT: 20.0 bits over the whole text."),
        (3, 1, "GPT needs 2.0 bits a letter less than LSTM: 20.0 bits over the whole text."),
        (2, 2, "LSTM and GPT find this text equally surprising."),
    ],
)
def test_the_verdict_turns_with_the_figures(left: float, right: float, said: str):
    assert score.verdict(*readings(left, right), 10, []) == said


def test_the_verdict_names_the_words_of_either():
    words = [Word(0, 3, "our", 1, 5), Word(3, 8, " king", 9, 2), Word(8, 12, " ay\n", 1, 4)]
    said = score.verdict(*readings(1, 3), 10, words)
    assert said.endswith(
        "It gains most at “our” (4.0 bits) and “ay” (3.0). GPT does better at “king” (7.0 bits)."
    )
    table = score.table(words, readings(1, 3))
    assert "<td>king</td><td>9.00</td><td>2.00</td><td>−7.00</td>" in table


def test_text_is_text_and_never_markup():
    sample = readings(1, 3, count=3)
    strip = score.Strip("<&>", sample)
    assert "&lt;" in strip.html()
    assert "<&>" not in strip.html()
    assert "<i>" not in score.table([Word(0, 3, "<i>", 1, 5)], sample)
    data = score.data('"<i>', sample)
    assert "<i>" not in data
    kept = re.findall(r'data-score="([^"]*)"', data)
    assert json.loads(unescape(kept[0]))["text"] == '"<i>'
