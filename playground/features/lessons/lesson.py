"""Lessons: Markdown files that anybody may write, read and checked line by line.

A file begins with front matter (title, minutes, level, summary) between two lines of three hyphens.
Every heading of the second level begins a step. A step holds prose and blocks, which are fenced
code blocks with one of these words behind the fence:

    preset     recipes to carry out, side by side: see `blocks.read_preset`
    claim      the shipped result of one claim, by its id
    scene      one of the scenes of the first page, such as real
    question   a guess to commit to: what stands below it in the step is shown after the guess
    more       Markdown for who wants to go deeper
    teacher    minutes, say, expect, wrong: what the teacher's page says of the step

Figures in double braces are taken from the shipped results, see `facts`. Whatever is wrong
is said with the file and the line: `python -m playground.features.lessons.lesson FILE…`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from models import catalog, console
from models.base import ModelSpec
from playground.core.feature import Feature, Scene
from playground.core.feature import scenes as scenes_of
from playground.core.services import Services
from playground.features import play
from playground.features.lessons import facts as lesson_facts
from playground.features.lessons.blocks import (
    Block,
    Prose,
    Question,
    SceneShown,
    Teacher,
    read_block,
)
from playground.features.lessons.budget import spend
from playground.features.lessons.lines import (
    LessonError,
    Pair,
    Problem,
    Problems,
    TooMany,
    pairs,
    single,
    whole_number,
)
from playground.features.lessons.pieces import Piece, markdown, pieces

if TYPE_CHECKING:
    from markdown_it.token import Token


def standing_alone(features: Iterable[Feature]) -> Mapping[str, Scene]:
    """The scenes of these features that a lesson can hold, by id."""
    return {scene.id: scene for scene in scenes_of(features) if scene.alone}


SCENES = standing_alone([play.FEATURE])
"""Those that lessons are checked with where no app runs."""
FOLDER = Path(__file__).parent / "library"
VARIABLE = "PLAYGROUND_LESSONS"
MOST_BYTES = 100_000
MOST_STEPS = 40
MOST_BLOCKS = 200
LEVELS = {"start": "to begin with", "further": "goes further"}
ZERO = "zero"
_KEYS = ("title", "minutes", "level", "summary", "number")
_LONGEST = {"title": 80, "summary": 240}
_MOST_MINUTES = 120
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_LAST = 1000  # a lesson without a number stands behind all that have one


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is seen at once, a question, and what is seen once that is answered."""

    title: str
    line: int
    before: tuple[Block, ...] = ()
    question: Question | None = None
    after: tuple[Block, ...] = ()
    teacher: Teacher | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A whole lesson, checked.

    Args:
        id: name of its file without the ending; stands in its address.
        number: where it stands in the list.
    """

    id: str
    title: str
    minutes: int
    level: str
    summary: str
    steps: tuple[Step, ...]
    number: int = _LAST


# Reading


def parse(
    text: str, file: str, specs: Mapping[str, ModelSpec], scenes: Mapping[str, Scene] = SCENES
) -> Lesson:
    """Read and check one lesson.

    Args:
        file: its name, for its id and for what is said of it.
        scenes: those that it can hold, by id.

    Raises:
        LessonError: with all that is wrong.
    """
    problems = Problems()
    try:
        lesson = _read(text, file, specs, scenes, problems)
    except TooMany:
        lesson = None
    if lesson is None or problems.found:
        raise LessonError(file, [Problem(*found) for found in dict.fromkeys(problems.found)])
    return lesson


def _read(
    text: str,
    file: str,
    specs: Mapping[str, ModelSpec],
    scenes: Mapping[str, Scene],
    problems: Problems,
) -> Lesson:
    """The lesson, as far as it is none of the problems."""
    lines = text.removeprefix("\ufeff").splitlines()
    begins, about = _front_matter(lines, problems)
    filled = [
        _filled(line, number, specs, problems) if number > begins else ""
        for number, line in enumerate(lines, start=1)
    ]
    name = Path(file).stem
    if not _NAME.fullmatch(name):
        problems.add(1, f"The file’s name “{name}” must be of small letters, digits and “_”.")
    lesson = Lesson(name, "", 0, "", "", tuple(_steps(filled, specs, problems)))
    lesson = _described(lesson, about, problems)
    _check_whole(lesson, about, problems)
    _check_scenes(lesson, scenes, problems)
    return lesson


def _check_scenes(lesson: Lesson, scenes: Mapping[str, Scene], problems: Problems) -> None:
    for shown in scenes_in(lesson):
        if shown.name not in scenes:
            known = ", ".join(scenes)
            problems.add(shown.line, f"There is no scene “{shown.name}”; there are {known}.")


def scenes_in(lesson: Lesson) -> Iterator[SceneShown]:
    """The scenes that a lesson shows."""
    blocks = (block for step in lesson.steps for block in (*step.before, *step.after))
    return (block for block in blocks if isinstance(block, SceneShown))


def read_file(
    path: Path, specs: Mapping[str, ModelSpec], scenes: Mapping[str, Scene] = SCENES
) -> Lesson:
    """Read one file; LessonError also for one that is too long or is no text."""
    if path.stat().st_size > MOST_BYTES:
        raise LessonError(path.name, [Problem(1, TOO_LONG)])
    content = path.read_bytes()
    try:
        return parse(content.decode(), path.name, specs, scenes)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(path.name, [Problem(line, "This line is not UTF-8 text.")]) from None


TOO_LONG = f"A lesson has at most {MOST_BYTES // 1000} KB."


def _front_matter(lines: Sequence[str], problems: Problems) -> tuple[int, dict[str, Pair]]:
    """Number of the line that ends it, and what it says by key."""
    if not lines or lines[0].strip() != "---":
        problems.add(1, "A lesson begins with a line of three hyphens, then title, minutes, level.")
        return 0, {}
    end = next((n for n, line in enumerate(lines[1:], start=2) if line.strip() == "---"), 0)
    if not end:
        problems.add(1, "The front matter is not ended by a second line of three hyphens.")
        return len(lines), {}
    return end, single(pairs(lines[1 : end - 1], 2, problems), _KEYS, problems)


def _described(lesson: Lesson, about: Mapping[str, Pair], problems: Problems) -> Lesson:
    """The lesson with what its front matter says."""
    for key in ("title", "minutes", "level", "summary"):
        if key not in about:
            problems.add(1, f"The front matter says no {key}.")
    said = {key: pair.value for key, pair in about.items()}
    for key, longest in _LONGEST.items():
        if len(said.get(key, "")) > longest:
            problems.add(about[key].line, f"The {key} has more than {longest} characters.")
    if "level" in about and said["level"] not in LEVELS:
        problems.add(about["level"].line, f"The level must be {' or '.join(LEVELS)}.")
    minutes = whole_number(about.get("minutes"), 1, _MOST_MINUTES, problems)
    number = whole_number(about.get("number"), 0, _LAST - 1, problems)
    return replace(
        lesson,
        title=said.get("title", ""),
        minutes=minutes or 0,
        level=said.get("level", ""),
        summary=said.get("summary", ""),
        number=_LAST if number is None else number,
    )


def _check_whole(lesson: Lesson, about: Mapping[str, Pair], problems: Problems) -> None:
    steps = lesson.steps
    if not steps:
        problems.add(1, "There is no step: each begins with a heading such as “## Look”.")
    if len(steps) > MOST_STEPS:
        problems.add(steps[MOST_STEPS].line, f"A lesson has at most {MOST_STEPS} steps.")
    teachers = [step.teacher for step in steps if step.teacher is not None]
    together = sum(teacher.minutes for teacher in teachers)
    if teachers and len(teachers) == len(steps) and together != lesson.minutes:
        line = about["minutes"].line if "minutes" in about else 1
        sentence = f"The steps take {together} minutes together, not {lesson.minutes}."
        problems.add(line, sentence)


def _filled(line: str, number: int, specs: Mapping[str, ModelSpec], problems: Problems) -> str:
    spend()
    try:
        return lesson_facts.fill(line, specs)
    except ValueError as error:
        problems.add(number, str(error))
        return line


@dataclass(slots=True)
class _Draft:
    """A step while it is read."""

    title: str
    line: int
    before: list[Block] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    question: Question | None = None
    teacher: Teacher | None = None

    def add(self, block: Block, line: int, problems: Problems) -> None:
        """One more block, where the question lets it stand."""
        if isinstance(block, Question):
            if self.question is not None:
                problems.add(line, "A step has one question; begin another step for this one.")
            self.question = block
        elif isinstance(block, Teacher):
            if self.teacher is not None:
                problems.add(line, "A step has one teacher block.")
            self.teacher = block
        else:
            (self.before if self.question is None else self.after).append(block)

    def done(self, problems: Problems) -> Step:
        """The step, with its question's answer found among its cards."""
        question = self.question
        if question is not None:
            question = question.resolved(self.before, problems)
        before, after = tuple(self.before), tuple(self.after)
        return Step(self.title, self.line, before, question, after, self.teacher)


def _steps(
    lines: Sequence[str], specs: Mapping[str, ModelSpec], problems: Problems
) -> Iterator[Step]:
    draft: _Draft | None = None
    early = 0  # line of what stands before all steps
    blocks = 0
    for piece in pieces(lines):
        spend()
        blocks += piece.kind not in {"", "step"}
        if blocks > MOST_BLOCKS:
            problems.add(piece.line, f"A lesson has at most {MOST_BLOCKS} blocks.")
            break
        if piece.kind == "step":
            if draft is not None:
                yield draft.done(problems)
            draft = _Draft(piece.words, piece.line)
            continue
        block = _block(piece, specs, problems)
        if draft is None:
            early = early or piece.line
        elif block is not None:
            draft.add(block, piece.line, problems)
    if draft is not None:
        yield draft.done(problems)
    if early:
        problems.add(early, "This stands before the first step: begin it with “## …”.")


def _block(piece: Piece, specs: Mapping[str, ModelSpec], problems: Problems) -> Block | None:
    if piece.kind:
        if piece.kind == "more":
            _check_prose(markdown().parse(piece.words), piece.line + 1, problems)
        return read_block(piece.kind, piece.words, piece.line, specs, problems)
    _check_prose(piece.tokens, 1, problems)
    return Prose(piece.words)


def _check_prose(tokens: Sequence[Token], first_line: int, problems: Problems) -> None:
    """Say what a lesson's text may not hold."""
    for token in tokens:
        line = (token.map[0] if token.map else 0) + first_line
        if token.type == "heading_open" and token.tag == "h1":
            problems.add(line, "A step begins with two “#”; the title stands in the front matter.")
        if any(child.type == "image" for child in token.children or ()):
            problems.add(line, "A lesson brings no pictures: the models make them (preset).")


# Where lessons are


class Library:
    """The lessons of some folders; a file that has changed is read again."""

    def __init__(
        self,
        specs: Mapping[str, ModelSpec],
        folders: Sequence[Path],
        scenes: Mapping[str, Scene] = SCENES,
    ) -> None:
        self.specs = specs
        self.scenes = scenes
        self.folders = tuple(folders)
        self._read: dict[tuple[Path, int], Lesson | LessonError] = {}

    def all(self) -> list[Lesson | LessonError]:
        """Every lesson in its order; in the place of one that cannot be read, why not."""
        found = [self._at(path) for path in self._files().values()]
        return sorted(found, key=_order)

    def heads(self) -> list[Lesson | LessonError]:
        """As `all`, but the shipped lessons, which a test checks, come without their steps."""
        return sorted((self._head(path) for path in self._files().values()), key=_order)

    def get(self, lesson_id: str) -> Lesson:
        """One lesson.

        Raises:
            KeyError: when there is none of that name.
            LessonError: when it cannot be read.
        """
        found = self._at(self._files()[lesson_id])
        if isinstance(found, LessonError):
            raise found
        return found

    def _files(self) -> dict[str, Path]:
        """By id; a later folder's takes the place of an earlier one's."""
        return {path.stem: path for folder in self.folders for path in _lessons_in(folder)}

    def _head(self, path: Path) -> Lesson | LessonError:
        problems = Problems()
        if path.parent != FOLDER:
            return self._at(path)
        _, about = _front_matter(path.read_text(encoding="utf-8").splitlines(), problems)
        lesson = _described(Lesson(path.stem, "", 0, "", "", ()), about, problems)
        return self._at(path) if problems.found else lesson

    def _at(self, path: Path) -> Lesson | LessonError:
        try:
            key = path, path.stat().st_mtime_ns
        except OSError as error:
            return _unread(path, error)
        if key not in self._read:
            self._read = {k: lesson for k, lesson in self._read.items() if k[0] != path}
            try:
                self._read[key] = read_file(path, self.specs, self.scenes)
            except LessonError as error:
                self._read[key] = error
            except OSError as error:  # may have passed when it is asked for again
                return _unread(path, error)
        return self._read[key]


def _lessons_in(folder: Path) -> list[Path]:
    """The files of a folder that are meant as lessons: editors and systems hide theirs by a dot."""
    return [path for path in sorted(folder.glob("*.md")) if not path.name.startswith(".")]


def _unread(path: Path, error: OSError) -> LessonError:
    """What stands in the place of a file that cannot be read."""
    why = error.strerror or "no reason given"
    return LessonError(path.name, [Problem(1, f"This file cannot be read: {why}.")])


def _order(found: Lesson | LessonError) -> tuple[int, str]:
    if isinstance(found, LessonError):
        return _LAST + 1, found.file
    return found.number, found.title


def folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The operator's folder of lessons; ValueError in a sentence if it is not there."""
    named = (os.environ if environment is None else environment).get(VARIABLE, "")
    if named and not Path(named).is_dir():
        raise ValueError(f"{VARIABLE} names a folder that is not there: {named}")
    try:
        _ = os.listdir(named) if named else []
    except OSError as error:
        raise ValueError(f"{VARIABLE}: {named} cannot be read: {error.strerror}.") from error
    return Path(named) if named else None


def check_folder() -> None:
    """Raise ValueError, in a sentence, when the operator's folder of lessons is not there."""
    folder()


def library(specs: Mapping[str, ModelSpec], scenes: Mapping[str, Scene] = SCENES) -> Library:
    """The shipped lessons, and those of the operator's folder."""
    own = folder()
    return Library(specs, [FOLDER, own] if own else [FOLDER], scenes)


def library_of(services: Services) -> Library:
    """The same, of a running app."""
    return library(services.specs, standing_alone(services.features))


def listing(found: Library) -> str:
    """All lessons as HTML, and the way to one's own: links relative to the first page."""
    entries = "".join(_entry(each) for each in found.heads())
    own = '<a class="ghost lesson-open" href="lesson/own">Open a lesson of your own</a>'
    return f'<ol class="lessons">{entries}</ol><p>{own}</p>'


def tongue(lesson_id: str) -> str:
    """Attributes of what a lesson itself says: shown as it was written, which is English in ours.

    Those of others, which may be in any language, say that it is not known.
    """
    language = "en" if (FOLDER / f"{lesson_id}.md").is_file() else ""
    return f'lang="{language}" translate="no"'


def _entry(found: Lesson | LessonError) -> str:
    if isinstance(found, LessonError):
        words = f"cannot be read: {len(found.problems)} to mend"
        name = Path(found.file).stem
        return (
            f'<li><a class="lesson-link" href="lesson/{escape(name, quote=True)}">'
            f"<b>{escape(found.file)}</b><span>{words}</span></a></li>"
        )
    facts = f"{found.minutes} minutes · {LEVELS[found.level]}"
    own = tongue(found.id)
    return (
        f'<li><a class="lesson-link" href="lesson/{found.id}"><b {own}>{escape(found.title)}</b>'
        f"<span>{facts}</span><span {own}>{escape(found.summary)}</span></a>"
        f'<a class="lesson-teacher" href="lesson/{found.id}/teacher">For the teacher</a></li>'
    )


def main(arguments: Sequence[str]) -> int:
    """Check files, or the shipped ones, and say what is wrong on standard error."""
    console.write_anything()
    files = [Path(name) for name in arguments] or _lessons_in(FOLDER)
    wrong = 0
    for file in files:
        try:
            lesson = read_file(file, catalog.specs())
        except (LessonError, OSError) as error:
            sys.stderr.write(f"{error}\n")
            wrong += 1
        else:
            sys.stdout.write(f"{file.name}: {len(lesson.steps)} steps, nothing to mend\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
