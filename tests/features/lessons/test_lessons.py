"""Lessons: what is read from a file, what is said of one that is wrong, and the shipped ones."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import catalog, checkpoint
from models.experiments import results
from models.experiments.claim import from_metrics
from models.recipe import make_recipe
from playground.core.feature import scenes
from playground.core.format import THIN_SPACE
from playground.features.lessons import facts as lesson_facts
from playground.features.lessons import lesson as lessons
from playground.features.lessons import own_lesson
from playground.features.lessons import pages as lesson_pages
from playground.features.lessons.blocks import LETTERS, ClaimShown, Preset, Prose, SceneShown
from playground.features.lessons.lesson import Lesson, LessonError, Library
from playground.registry import FEATURES
from playground.server.route import served
from tests.fake_catalogue import SPECS

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(lessons.FOLDER.glob("*.md"))
LESSON = """---
title: A lesson
minutes: 12
level: start
summary: What this test reads.
---

## First

Some *prose* and <b>no markup</b>.

```preset
blind: yes
show: seed concept
lock: count
models: gan vae
concept: 7 red black
count: 2
seed: 3

model: diffusion_mini
concept: 7 red black
count: 2
seed: 3
guidance: 4
```

```question
ask: Which is the VAE?
option: A
option: B
answer: model vae
why: It is *soft*.
```

Seen after the guess: {{ sharp_or_blurry.gan }}.

```claim
sharp_or_blurry
```

```teacher
minutes: 7
say: Look closely.
  And then again.
expect: Most say B.
```

## Second

```scene
real
```

```more
Deeper {{ model.gan.parameters | million }}.
```

```question
ask: How many times?
low: 0
high: 5
step: 0.1
unit: times
answer: sharp_or_blurry.gan / sharp_or_blurry.vae
```

```teacher
minutes: 5
```
"""


def read(text: str = LESSON, file: str = "test.md") -> Lesson:
    """A lesson over the pretended catalogue."""
    return lessons.parse(text, file, SPECS)


def line_of(text: str, words: str) -> int:
    """The number of the first line with these words."""
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


# Reading


def test_a_lesson_is_read():
    lesson = read()
    assert (lesson.id, lesson.title, lesson.minutes) == ("test", "A lesson", 12)
    first, second = lesson.steps
    prose, preset = first.before
    assert isinstance(prose, Prose)
    assert isinstance(preset, Preset)
    assert [recipe.model for recipe in preset.recipes] == ["gan", "vae", "diffusion_mini"]
    assert preset.recipes[0].option("digit") == 7
    assert preset.recipes[2].prompt == "a red seven on a black background"
    assert preset.recipes[2].number("guidance") == 4
    assert (preset.shown, preset.locked, preset.blind) == (("seed", "concept"), ("count",), True)
    assert {recipe.seed for recipe in preset.recipes} == {3}
    after, claim = first.after
    figure = lesson_facts.words("sharp_or_blurry.gan", SPECS)
    assert after == Prose(f"Seen after the guess: {figure}.")
    assert claim == ClaimShown("sharp_or_blurry")
    assert first.teacher is not None
    assert first.teacher.say == ("Look closely. And then again.",)
    assert second.before[0] == SceneShown("real")
    assert isinstance(second.before[1], Prose)
    assert second.before[1].deeper


def test_the_answer_is_the_letter_of_a_blind_card():
    question = read().steps[0].question
    assert question is not None
    assert question.answer == LETTERS[1]


def test_a_number_is_computed_from_the_shipped_figures():
    question = read().steps[1].question
    assert question is not None
    found = results.shipped("sharp_or_blurry")
    assert found is not None
    numbers = found.outcome.named()
    assert float(question.answer) == pytest.approx(
        numbers["gan"].value / numbers["vae"].value, rel=0.01
    )


@pytest.mark.parametrize("word", ["largest", "smallest", "verdict long_memory"])
def test_an_option_is_chosen_by_the_figures(word):
    meanings = ("sharp_or_blurry.gan", "sharp_or_blurry.vae")
    if word.startswith("verdict"):
        meanings = ("holds", "does_not_hold", "cannot_tell")
    options = "".join(f"option: option {i} = {m}\n" for i, m in enumerate(meanings))
    text = re.sub(
        r"option: A\noption: B\nanswer: model vae\n", f"{options}answer: {word}\n", LESSON
    )
    question = read(text).steps[0].question
    assert question is not None
    if word.startswith("verdict"):
        right = meanings.index(lesson_facts.verdict("long_memory").word)
    else:
        values = [lesson_facts.figure(m, SPECS) for m in meanings]
        right = values.index((max if word == "largest" else min)(values))
    assert question.answer == f"option {right}"


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("sharp_or_blurry.gan | n", "120"),
        ("model.gan.parameters | million", "2.15"),
        ("2 * 3", "6"),
        ("1 / 3 | tenth", "0.3"),
        ("1 / 4 | percent", "25 %"),
        ("one_token_at_a_time.diffusion_mini", "20"),
    ],
)
def test_fields_are_written_as_asked(field, written):
    assert lesson_facts.words(field, catalog.specs()) == written


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no",
        "{{a}}",
        "x{{ a }}y{{b}}z",
        "{{{a}}}",
        "{{{{a}}}}",
        "{{a}} {{b",
        "}}{{",
        "{{}}}}{{}}",
    ],
)
def test_a_field_is_what_stands_between_the_first_braces_and_the_next(line):
    found = re.sub(r"\{\{(.*?)\}\}", r"<\1>", line)
    assert lesson_facts.replace_fields(line, "<{}>".format) == found


class CountingLine(str):
    """A line that counts the characters which searches in it look at."""

    looked_at = 0

    def find(self, *asked):
        found, begins = super().find(*asked), asked[1]
        self.looked_at += (len(self) if found < 0 else found + len(asked[0])) - begins
        return found


@pytest.mark.parametrize("piece", ["{{ ", "{{ }} ", "}} ", "{", "{{ }", "{{{{ }}"])
def test_a_line_full_of_braces_is_looked_at_twice_at_most(piece):
    line = CountingLine(piece * 1000)
    lesson_facts.replace_fields(line, str.strip)
    assert len(line) <= line.looked_at <= 2 * len(line)


def test_a_share_is_written_in_percent_and_a_hidden_figure_of_the_same_claim_is_not():
    found = results.shipped("memorisation")
    assert found is not None
    numbers = found.outcome.named()
    share = lesson_facts.words("memorisation.diffusion_emoji", SPECS)
    assert share == f"{100 * numbers['diffusion_emoji'].value:.0f} %"
    assert "%" not in lesson_facts.words("memorisation.gpt2_mini_run", SPECS)


def figures_with_units():
    """Every figure that a lesson may name, as it is named there, with what was measured."""
    for claim in results.ids():
        found = results.shipped(claim)
        assert found is not None
        yield from ((f"{claim}.{name}", m) for name, m in found.outcome.named().items())
    for kept in sorted(checkpoint.WEIGHTS.glob("*/metrics.json")):
        model = kept.parent.name
        found = from_metrics(checkpoint.WEIGHTS, model)
        yield from ((f"metric.{model}.{name}", m) for name, m in found.items())


SHARE_NAMES = re.compile(
    r"all_right|coverage|zero_shot|digit_accuracy|new_names|named_right|words_steer\.|"
    r"composition\.|text_image_alignment\.|mode_collapse\.|memorisation\.(?!\w+_run$)|"
    r"quantisation\.\w+_(memory|time|bits_share|same_favourite)$|restored$|latent_control\.\w+_jump$"
)


def test_every_share_knows_that_it_is_one():
    found = {name: metric.unit for name, metric in figures_with_units()}
    shares = {name for name, unit in found.items() if unit == "share"}
    assert shares == {name for name in found if SHARE_NAMES.search(name)}
    assert {"words_steer.one_word", "metric.gan.coverage"} <= shares


def test_a_share_can_be_written_in_percent_or_as_so_many_of_so_many_alone():
    for name, metric in figures_with_units():
        if metric.unit != "share":
            assert "%" not in lesson_facts.words(name, SPECS), name
            with pytest.raises(ValueError, match="Only a share"):
                lesson_facts.words(f"{name} | of_n", SPECS)
            continue
        for how in ("", " | percent", " | interval"):
            assert " %" in lesson_facts.words(name + how, SPECS), name
        n = metric.n
        of_n = lesson_facts.words(f"{name} | of_n", SPECS).replace(THIN_SPACE, "")
        assert of_n == f"{metric.value * n:.0f} of {n}"
        for how in (" | whole", " | tenth", " | million"):
            with pytest.raises(ValueError, match="is a share"):
                lesson_facts.words(name + how, SPECS)
        with pytest.raises(ValueError, match="is a share"):
            lesson_facts.words(f"100 * {name}", SPECS)


def test_the_lesson_on_steering_counts_its_trials():
    steps = lessons.read_file(lessons.FOLDER / "words_that_steer.md", catalog.specs()).steps
    question = steps[0].question
    assert question is not None
    assert question.why.startswith("In 30 of 30 trials only the part")


def test_no_sentence_of_a_shipped_lesson_writes_a_share_as_a_count():
    shares = 0
    for path in SHIPPED:
        for field in re.findall(r"\{\{(.*?)\}\}", path.read_text(encoding="utf-8")):
            expression, _, how = (part.strip() for part in field.partition("|"))
            if expression not in results.ids() and lesson_facts.unit_of(expression) == "share":
                written = lesson_facts.words(field, catalog.specs())
                assert " %" in written or " of " in written or how == "n", f"{path.name}: {field}"
                shares += 1
    assert shares > 10


# What is wrong


RATIO = "answer: sharp_or_blurry.gan / sharp_or_blurry.vae"
WRONG = [
    ("minutes: 12", "minutes: twelve", "must be a whole number from 1 to 120"),
    ("minutes: 12", "minutes: 13", "The steps take 12 minutes together, not 13."),
    ("level: start", "level: hard", "The level must be start or further."),
    ("summary: What", "sumary: What", "“sumary” is not known here"),
    ("title: A lesson", f"title: {'x' * 81}", "has more than 80 characters"),
    ("title: A lesson", "nothing at all", "is no “key: value”"),
    ("Some *prose*", "# Some *prose*", "A step begins with two “#”"),
    ("Some *prose*", "![x](y.png) *prose*", "A lesson brings no pictures"),
    ("```preset", "```presett", "There is no block called “presett”"),
    ("blind: yes", "blind: perhaps", "“blind” is yes or no."),
    ("show: seed concept", "show: seed colour", "There is no “colour” to show"),
    ("lock: count", "lock: temperature", "There is no “temperature” to lock"),
    ("models: gan vae", "models: gan vay", "There is no model called “vay” here."),
    ("models: gan vae", "digit: 3\nmodels: gan vae", "stands before the first “model: …”"),
    ("concept: 7 red black", "concept: 7 red red", "cannot be seen"),
    ("concept: 7 red black", "concept: red seven", "A concept is a digit, an ink and a paper"),
    ("seed: 3", "seed: three", "The seed must be a whole number"),
    ("count: 2", "count: 99", "Pictures must lie between 1 and 16."),
    ("guidance: 4", "length: 4", "Diffusion has no option called length."),
    ("guidance: 4", "task: look", "A lesson’s cards can generate, score, walk, not “look”."),
    ("guidance: 4", "task: score", "Diffusion cannot do “score”."),
    ("guidance: 4", "seed: 4", "“seed” stands here a second time."),
    ("guidance: 4", 'prompt: "half', "The quoted value of “prompt” does not end"),
    ("ask: Which is the VAE?", "unit: steps", "“unit” is for a question without options."),
    ("option: B", "option: A", "Two options say the same."),
    ("answer: model vae", "answer: C", "The answer “C” is none of the options."),
    ("answer: model vae", "answer: model gpt2_mini", "No blind card above is of “gpt2_mini”"),
    ("answer: model vae", "answer: largest", "is no figure"),
    ("{{ sharp_or_blurry.gan }}", "{{ sharp_or_blurry.gun }}", "There is no figure “gun”"),
    ("{{ sharp_or_blurry.gan }}", "{{ sharpness.gan }}", "no claim called “sharpness”"),
    ("{{ sharp_or_blurry.gan }}", "{{ sharp_or_blurry.gan | loud }}", "“loud” is no way to write"),
    ("{{ sharp_or_blurry.gan }}", "{{ 1 / 0 }}", "divides by zero"),
    ("{{ sharp_or_blurry.gan }}", f"{{{{ {'9' * 400} }}}}", "has too many digits"),
    ("{{ sharp_or_blurry.gan }}", "{{ metric.nobody.x }}", "a model called “nobody”"),
    ("{{ sharp_or_blurry.gan }}", "{{ model.gan.secret }}", "not “secret”"),
    ("{{ sharp_or_blurry.gan }}", "{{ words_steer.one_word | whole }}", "is a share"),
    ("{{ sharp_or_blurry.gan }}", "{{ 100 * words_steer.one_word }}", "is a share"),
    (
        "answer: sharp_or_blurry.gan / sharp_or_blurry.vae",
        "answer: words_steer.one_word",
        "is a share",
    ),
    (
        "answer: sharp_or_blurry.gan / sharp_or_blurry.vae",
        "answer: 2 * words_steer.one_word",
        "“unit: of 100”",
    ),
    ("minutes: 7", "saying: 7", "“saying” is not known here"),
    ("high: 5", "high: 1", "does not lie between low and high"),
    ("high: 5", "high: much", "“much” is no figure"),
    ("answer: sharp_or_blurry.gan /", "answer: sharp_or_blurry.gun /", "no figure “gun”"),
]


@pytest.mark.parametrize(("right", "wrong", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_file_and_line(right, wrong, sentence):
    text = LESSON.replace(right, wrong, 1)
    with pytest.raises(LessonError) as error:
        read(text)
    said = [problem for problem in error.value.problems if sentence in problem.sentence]
    assert said, str(error.value)
    lines = {line_of(text, wrong.partition("\n")[0])}
    if wrong == "option: A":
        lines = {line_of(text, "why: It") - 2}
    if sentence.startswith("does not lie"):
        lines = {line_of(text, "answer: sharp_or_blurry.gan /")}
    assert {problem.line for problem in said} == lines
    assert f"test.md, line {min(lines)}: " in str(error.value)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("no front matter", 1, "A lesson begins with a line of three hyphens"),
        ("---\ntitle: x\n", 1, "is not ended by a second line"),
        (LESSON.replace("## First\n", ""), 9, "stands before the first step"),  # the prose
        (LESSON[: LESSON.index("## First")], 1, "There is no step"),
        (LESSON.replace("title: A lesson\n", ""), 1, "The front matter says no title."),
        (LESSON.replace("claim\nsharp_or_blurry", "claim\nsharp"), 39, "There is no claim “sharp”"),
        (LESSON.replace("scene\nreal", "scene\nclock"), 52, "There is no scene “clock”"),
        (LESSON.replace("minutes: 7\n", ""), 42, "says how many minutes its step takes"),
    ],
)
def test_what_is_missing_is_said_with_a_line(text, line, sentence):
    with pytest.raises(LessonError) as error:
        read(text)
    assert [p.line for p in error.value.problems if sentence in p.sentence] == [line]


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_lines():
    text = LESSON.replace("level: start", "level: x").replace("high: 5", "high: y")
    with pytest.raises(LessonError) as error:
        read(text.replace("```claim", "```clam"))
    lines = [problem.line for problem in error.value.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_a_file_that_is_too_long_or_no_text_is_refused_with_a_line(tmp_path):
    long, latin = tmp_path / "long.md", tmp_path / "latin.md"
    long.write_text(LESSON + "x" * lessons.MOST_BYTES)
    latin.write_bytes(LESSON.replace("prose", "Größe").encode("latin-1"))
    with pytest.raises(LessonError, match=r"long.md, line 1: A lesson has at most 100 KB"):
        lessons.read_file(long, SPECS)
    with pytest.raises(LessonError, match=r"latin.md, line 10: This line is not UTF-8"):
        lessons.read_file(latin, SPECS)


def test_a_bad_name_is_refused():
    with pytest.raises(LessonError, match="name “My lesson”"):
        read(file="My lesson.md")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    assert read("\ufeff" + LESSON.replace("\n", "\r\n")) == read()


# The shipped ones


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda path: path.stem)
def shipped(request) -> Lesson:
    """Each shipped lesson, over the real catalogue."""
    return lessons.read_file(request.param, catalog.specs())


def blocks(lesson: Lesson, kind: type) -> list:
    """All its blocks of one kind."""
    return [b for s in lesson.steps for b in (*s.before, *s.after) if isinstance(b, kind)]


def test_there_are_lesson_zero_and_six_more():
    found = Library(catalog.specs(), [lessons.FOLDER]).all()
    assert all(isinstance(each, Lesson) for each in found), found
    assert [each.id for each in found] == [
        *("zero", "two_ways_to_write", "what_does_it_remember", "three_ways_to_draw"),
        *("words_that_steer", "remembered_or_learned", "small_machines_big_models"),
    ]


def test_shipped_lessons_are_listed_by_what_stands_in_front_of_their_steps(tmp_path):
    library = Library(catalog.specs(), [lessons.FOLDER, tmp_path])
    assert library.heads() == [replace(each, steps=()) for each in library.all()]
    (tmp_path / "mine.md").write_text("no lesson")
    assert library.heads()[-1] == library.all()[-1]
    assert isinstance(library.heads()[-1], LessonError)


def test_a_shipped_lesson_that_cannot_be_listed_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "FOLDER", tmp_path)
    (tmp_path / "mine.md").write_text("---\ntitle: Mine\n---\n")
    (found,) = Library(catalog.specs(), [tmp_path]).heads()
    assert isinstance(found, LessonError)


def test_a_shipped_lesson_is_complete(shipped):
    assert 10 <= shipped.minutes <= 45
    assert all(step.teacher is not None for step in shipped.steps)
    assert all(step.teacher.say and step.teacher.expect for step in shipped.steps)
    assert any(step.question is not None for step in shipped.steps)
    assert any(prose.deeper for prose in blocks(shipped, Prose))
    assert blocks(shipped, ClaimShown)
    assert blocks(shipped, Preset)


def test_every_recipe_of_a_shipped_lesson_can_be_made(shipped):
    specs = catalog.specs()
    for preset in blocks(shipped, Preset):
        for recipe in preset.recipes:
            spec = specs[recipe.model]
            assert not spec.files, "a shipped lesson needs no download"
            again = make_recipe(
                spec,
                task=recipe.task,
                prompt=recipe.prompt,
                options=dict(recipe.options),
                seed=recipe.seed,
            )
            assert again == recipe


def test_every_claim_of_a_shipped_lesson_has_a_result(shipped):
    for shown in blocks(shipped, ClaimShown):
        assert results.shipped(shown.claim) is not None


def test_no_figure_of_a_result_is_typed_by_hand():
    measured = re.compile(r"\d\s?%|\d\.\d")
    for path in SHIPPED:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            typed = lesson_facts.replace_fields(line, lambda field: "")
            told = re.sub(r"section [\d.]+", "", typed)
            recipe = re.match(r"(temperature|guidance|low|high|step):", told)
            cited = "Shannon 1951" in told
            assert recipe or cited or not measured.search(told), f"{path.name}, line {number}"


def test_lesson_zero_opens_with_the_game_and_takes_45_minutes():
    zero = lessons.read_file(lessons.FOLDER / "zero.md", catalog.specs())
    assert SceneShown("real") in zero.steps[0].before
    assert zero.minutes == 45
    assert any(step.teacher.wrong for step in zero.steps)


def test_scenes_are_those_of_the_first_page_that_stand_alone():
    found = lessons.standing_alone(FEATURES)
    assert set(found) == {scene.id for scene in scenes(FEATURES)} - {"clock"}
    assert found == lessons.SCENES


def test_the_readmes_lesson_is_one():
    readme = (lessons.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    text = re.search(r"^````markdown\n(.*?)^````$", readme, re.DOTALL | re.MULTILINE)[1]
    lesson = lessons.parse(text, "sharp_or_soft.md", catalog.specs())
    assert lesson.steps[0].question is not None
    assert lesson.steps[0].question.answer


# Where lessons are


def test_the_operators_folder_is_read_beside_the_shipped_ones(tmp_path, monkeypatch):
    monkeypatch.setenv(lessons.VARIABLE, str(tmp_path))
    (tmp_path / "mine.md").write_text(LESSON, encoding="utf-8")
    library = lessons.library(SPECS)
    assert library.get("mine").title == "A lesson"
    assert library.get("zero").number == 0
    (tmp_path / "zero.md").write_text(LESSON, encoding="utf-8")
    assert library.get("zero").title == "A lesson"


def test_what_cannot_be_read_is_listed_with_its_reason_and_what_is_hidden_is_not(
    services, tmp_path, monkeypatch
):
    monkeypatch.setenv(lessons.VARIABLE, str(tmp_path))
    (tmp_path / ".#mine.md").symlink_to("nobody@nowhere.4711")  # an editor's mark of a file in use
    (tmp_path / "._plain.md").write_bytes(b"\0\5\26\7")
    (tmp_path / "mine.md").write_text(LESSON)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "folder.md").mkdir()
    library = lessons.library(SPECS)
    for found in (library.all(), library.heads()):
        wrong = {each.file: str(each) for each in found if isinstance(each, LessonError)}
        assert set(wrong) == {"gone.md", "folder.md"}
        assert "cannot be read: No such file or directory" in wrong["gone.md"]
        assert "cannot be read: Is a directory" in wrong["folder.md"]
        assert any(getattr(each, "id", "") == "mine" for each in found)
    page = TestClient(Starlette(routes=served(lesson_pages.routes(services))))
    assert "gone.md" in page.get("/lessons").text
    for address in ("/lesson/gone", "/lesson/gone/teacher"):
        assert "cannot be read: No such file" in page.get(address).text


def test_a_file_that_has_changed_is_read_again(tmp_path):
    import os

    path = tmp_path / "mine.md"
    path.write_text(LESSON, encoding="utf-8")
    library = Library(SPECS, [tmp_path])
    assert library.get("mine") is library.get("mine")
    path.write_text(LESSON.replace("A lesson", "Another"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert library.get("mine").title == "Another"
    path.write_text(LESSON.replace("level: start", "level: x"), encoding="utf-8")
    os.utime(path, ns=(2, 2))
    with pytest.raises(LessonError, match=r"mine.md, line 4"):
        library.get("mine")
    with pytest.raises(KeyError):
        library.get("nobody")


def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="PLAYGROUND_LESSONS names a folder that is not there"):
        lessons.folder({lessons.VARIABLE: str(tmp_path / "none")})
    assert lessons.folder({}) is None


def test_files_are_checked_from_the_command_line(tmp_path):
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(LESSON, encoding="utf-8")
    bad.write_text(LESSON.replace("seed: 3", "seed: x", 1), encoding="utf-8")
    command = [sys.executable, "-m", "playground.features.lessons.lesson", str(good), str(bad)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "good.md: 2 steps" in done.stdout
    assert f"bad.md, line {line_of(LESSON, 'seed: 3')}: The seed must be" in done.stderr


# Pages


@pytest.fixture
def client(services, tmp_path, monkeypatch) -> TestClient:
    """The routes alone, with two lessons of the operator's, one of them broken."""
    monkeypatch.setenv(lessons.VARIABLE, str(tmp_path))
    (tmp_path / "mine.md").write_text(LESSON, encoding="utf-8")
    (tmp_path / "broken.md").write_text(LESSON.replace("level: start", "level: x"))
    routes = [*lesson_pages.routes(services), *own_lesson.routes(services)]
    return TestClient(Starlette(routes=served(routes)))


def test_a_page_has_every_step_and_hides_what_comes_after_the_guess(client):
    page = client.get("/lesson/mine")
    assert page.status_code == 200
    assert page.text.count('<section class="step"') == 2
    assert "&lt;b&gt;no markup&lt;/b&gt;" in page.text
    before, after = page.text.split('<div class="after" hidden>', 1)
    assert "Which is the VAE?" in before
    assert "Seen after the guess" in after
    assert 'data-claim="sharp_or_blurry"' in after
    assert '<aside class="more" lang=""' in page.text
    packed = html.unescape(re.search(r'data-preset="([^"]+)"', page.text)[1])
    preset = json.loads(packed)
    assert [run["model"] for run in preset["runs"]] == ["gan", "vae", "diffusion_mini"]
    assert preset["concept"] == {"digit": 7, "ink": "red", "paper": "black"}


def test_a_page_asks_no_other_host(client):
    for path in ("/lessons", "/lesson/mine", "/lesson/zero", "/lesson/own", "/lesson/zero/teacher"):
        text = client.get(path).text
        assert not re.search(r'(?:src|href|url\()=?["\']?https?://', text), path


def test_the_list_has_all_lessons_and_says_which_cannot_be_read(client):
    text = client.get("/lessons").text
    assert 'href="lesson/zero"' in text
    assert 'href="lesson/mine"' in text
    assert 'href="lesson/mine/teacher"' in text
    assert "broken.md" in text
    broken = client.get("/lesson/broken")
    assert broken.status_code == 500
    assert "broken.md, line 4: The level must be" in broken.text
    nobody = client.get("/lesson/nobody")
    assert nobody.status_code == 404
    assert "no lesson of this name" in nobody.text


def test_the_teachers_page_has_time_answers_and_what_can_go_wrong(client):
    text = client.get("/lesson/mine/teacher").text
    for words in (
        "0–7 min",
        "7–12 min",
        "Look closely. And then again.",
        "Most say B.",
        '<b lang="" translate="no">B</b>',
    ):
        assert words in text
    zero = client.get("/lesson/zero/teacher").text
    assert zero.count("<dt>Say</dt>") == zero.count('<section class="teaching-step">')
    assert "39–42 min" in zero or "42–45 min" in zero
    assert "If it goes wrong" in zero


def test_an_uploaded_lesson_is_shown_escaped_and_kept_nowhere(client, tmp_path):
    evil = LESSON.replace("no markup", "<script>alert(1)</script>[x](javascript:alert(2))")
    before = sorted(tmp_path.iterdir())
    answer = client.post("/lesson/own", json={"name": "evil.md", "text": evil})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.json()["html"]
    assert 'href="javascript' not in answer.json()["html"]
    assert answer.json()["title"] == "A lesson"
    assert answer.headers["cache-control"] == "no-store"
    assert sorted(tmp_path.iterdir()) == before
    assert "What this test reads" not in client.get("/lesson/own").text


@pytest.mark.parametrize(
    "place", ["title: A lesson", "## First", "option: A", "ask: Which", "say: "]
)
def test_markup_stays_text_wherever_it_is_written(client, place):
    evil = LESSON.replace(place, f'{place}<img src=x onerror="alert(1)">', 1)
    answer = client.post("/lesson/own", json={"name": "evil.md", "text": evil})
    assert "<img" not in answer.json().get("html", "")


def test_an_uploaded_lesson_that_is_wrong_says_its_lines(client):
    wrong = LESSON.replace("seed: 3", "seed: x", 1)
    answer = client.post("/lesson/own", json={"name": "wrong.md", "text": wrong})
    assert "html" not in answer.json()
    (problem,) = answer.json()["problems"]
    assert problem["line"] == line_of(wrong, "seed: x")
    assert "The seed must be" in problem["sentence"]


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        (b"{}", "application/json", "holds no text"),
        (b"{", "application/json", "no JSON"),
        (b"x", "text/plain", "no JSON"),
        (b'{"text": "' + b"x" * 100_001 + b'"}', "application/json", "at most 100 KB"),
        (b'{"text": "' + b"x" * 300_000 + b'"}', "application/json", "at most 100 KB"),
        (b'{"text": "\\ud800"}', "application/json", "half of a character"),
    ],
)
def test_what_is_no_lesson_is_refused_in_a_sentence(client, body, kind, sentence):
    answer = client.post("/lesson/own", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert sentence in answer.json()["problems"][0]["sentence"]
