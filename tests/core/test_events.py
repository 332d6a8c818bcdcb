"""Runs as plain data: letters, frames, waiting, failures, and the fingerprint of a result."""

from __future__ import annotations

import base64
import io
import json
import math
from dataclasses import replace

import numpy as np
from PIL import Image

from models.base import ImageStep, LookStep
from models.engine import Busy, Waiting
from models.recipe import make_recipe
from playground.core import events
from playground.core.events import Recorder


def _steps(services, model, **given):
    recipe = make_recipe(services.spec(model), **given)
    run = services.engine.submit(recipe, "test")
    return recipe, [e for e in services.engine.follow(run) if not isinstance(e, Waiting)]


def _recorder(services, recipe) -> Recorder:
    return Recorder(services.spec(recipe.model), recipe)


def test_letters_that_came_together_are_one_event(services):
    recipe, steps = _steps(services, "char_lstm", prompt="O, ", options={"length": 6})
    recorder = _recorder(services, recipe)
    recorder.start(replayed=False)
    for step in steps[:4]:
        recorder.take(step)
    start, letters = recorder.drain()
    assert start["start"]["recipe"] == recipe.as_dict()
    assert start["start"]["link"]
    assert [row[0] for row in letters["letters"]] == [step.text for step in steps[:4]]
    _, probability, rank, milliseconds, others = letters["letters"][0]
    assert abs(probability - steps[0].probability) <= 0.001 * steps[0].probability
    assert (rank, milliseconds) == (steps[0].rank, round(steps[0].seconds * 1000, 2))
    assert len(others) == events.CANDIDATES
    assert [p for _, p in others] == sorted((p for _, p in others), reverse=True)
    assert recorder.drain() == []
    for step in steps[4:]:
        recorder.take(step)
    recorder.end()
    assert recorder.drain()[-1] == {"end": "finished"}


def test_spreads_are_sent_of_a_stretch_of_letters_and_of_no_part_of_one(services):
    recipe, steps = _steps(services, "char_lstm", options={"length": 6})
    texts = ("ab", "", "\u00e9", "c", "de", "f")
    recorder = Recorder(services.spec("char_lstm"), recipe, candidates=0, around=(2, 5))
    for step, text in zip(steps, texts, strict=True):
        recorder.take(replace(step, text=text))
    found = recorder.drain()
    spreads = [event["spread"] for event in found if "spread" in event]
    assert [spread["index"] for spread in spreads] == [2, 3, 4]
    assert [len(event["letters"]) for event in found if "letters" in event] == [3, 1, 1, 1]
    for spread in spreads:
        top = steps[spread["index"]].top
        assert spread["texts"] == [candidate.text for candidate in top]
        known = [math.exp(-cost / 1000) for cost in spread["costs"]]
        assert np.allclose(known, [candidate.probability for candidate in top], rtol=1e-3)
        assert abs(sum(known) + spread["rest"] - 1) < 1e-3


def test_a_models_sentence_comes_once_with_the_letter_that_brought_it(services):
    recipe, steps = _steps(services, "char_lstm", options={"length": 3})
    recorder = _recorder(services, recipe)
    for step in (steps[0], replace(steps[1], note="The context was full."), steps[2]):
        recorder.take(step)
    letters, note, more = recorder.drain()
    assert [len(event["letters"]) for event in (letters, more)] == [2, 1]
    assert note == {"note": "The context was full."}


def test_a_picture_that_was_held_back_is_named_and_is_no_file(services):
    recipe, steps = _steps(services, "gan", options={"count": 3})
    assert "held" not in events.frame(steps[-1], recipe)["frame"]
    frame = events.frame(replace(steps[-1], held_back=(1,), label="Held back."), recipe)["frame"]
    assert (frame["held"], frame["label"]) == ([1], "Held back.")
    files = [Image.open(io.BytesIO(base64.b64decode(t.partition(",")[2]))) for t in frame["tiles"]]
    assert ["recipe" in file.text for file in files] == [True, False, True]


def test_an_unfinished_run_was_stopped(services):
    recipe, steps = _steps(services, "char_lstm", options={"length": 3})
    recorder = _recorder(services, recipe)
    recorder.take(steps[0])
    recorder.end()
    assert recorder.drain()[-1] == {"end": "stopped"}


def test_the_last_frame_is_exact_and_carries_its_recipe(services):
    recipe, steps = _steps(services, "diffusion_mini", prompt="a red seven", options={"count": 2})
    frames = [events.frame(step, recipe)["frame"] for step in steps]
    assert [f["index"] for f in frames] == list(range(len(steps)))
    assert [f["last"] for f in frames] == [False] * (len(steps) - 1) + [True]
    for number, source in enumerate(frames[-1]["tiles"]):
        png = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        assert png.convert("RGB").tobytes() == steps[-1].images[number].tobytes()
        assert json.loads(png.text["recipe"]) == recipe.as_dict()
    first = Image.open(io.BytesIO(base64.b64decode(frames[0]["tiles"][0].partition(",")[2])))
    assert "recipe" not in first.text  # a preview is no result
    assert "photo" not in frames[-1]


def test_pictures_too_large_for_single_pixels_say_so():
    large = Image.new("RGB", (129, 129))
    step = ImageStep(0, 1, True, (large,), "", seconds=0.1)
    assert events.frame(step)["frame"]["photo"] is True


def test_waiting_is_said_once_for_as_long_as_it_stays_the_same(services):
    recipe = make_recipe(services.spec("gan"))
    recorder = _recorder(services, recipe)
    for position in (0, 2, 2, 1, 1, 0, 0):
        recorder.take(Waiting(position, None, "queue"))
    words = [event["wait"]["words"] for event in recorder.drain()]
    assert words == ["2nd in line", "next in line", ""]  # then it computes
    (step, *_) = _steps(services, "gan")[1]
    recorder.take(Waiting(1, None, "queue"))
    for event in (step, Waiting(0, None, "queue"), Waiting(1, None, "queue")):
        recorder.take(event)
    kinds = [next(iter(event)) for event in recorder.drain()]
    assert kinds == ["wait", "frame", "wait"]


def test_a_failure_says_whether_another_try_may_help(services):
    recorder = _recorder(services, make_recipe(services.spec("gan")))
    recorder.fail(ValueError("Choose another colour."))
    recorder.fail(Busy("Very many people are waiting."))
    recorder.fail(KeyError("secret"))
    wrong, busy, broken = (event["fail"] for event in recorder.drain())
    assert wrong == {"sentence": "Choose another colour.", "again": False}
    assert busy == {"sentence": "Very many people are waiting.", "again": True}
    assert broken["again"]
    assert "secret" not in broken["sentence"]


def test_the_fingerprint_knows_every_letter_and_every_pixel(services):
    _, steps = _steps(services, "char_lstm", options={"length": 5}, seed=1)
    _, again = _steps(services, "char_lstm", options={"length": 5}, seed=1)
    _, other = _steps(services, "char_lstm", options={"length": 5}, seed=2)
    assert events.fingerprint(steps) == events.fingerprint(again)
    assert events.fingerprint(steps) != events.fingerprint(other)
    _, drawn = _steps(services, "gan", options={"count": 1})
    changed = drawn[0].images[0].copy()
    before = events.fingerprint(drawn)
    changed.putpixel((3, 3), tuple(v ^ 1 for v in changed.getpixel((3, 3))))
    object.__setattr__(drawn[0], "images", (changed,))
    assert events.fingerprint(drawn) != before


def test_a_look_carries_pictures_figures_and_arrays_by_name():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    images = {"kept": Image.new("RGB", (32, 32), "red")}
    step = LookStep(0, 1, True, "read", images, {"odd": 0.5}, {"code": array}, seconds=0.002)
    shown = events.look(step)["look"]
    assert (shown["label"], shown["last"], shown["ms"]) == ("read", True, 2.0)
    assert shown["figures"] == {"odd": 0.5}
    assert shown["tiles"]["kept"].startswith("data:image/")
    packed = shown["arrays"]["code"]
    again = np.frombuffer(base64.b64decode(packed["data"]), packed["type"])
    assert np.array_equal(again.reshape(packed["shape"]), array)
    json.dumps(shown)
