"""What students may say: an answer that a lesson of the library offers, and a step that it has."""

from __future__ import annotations

from playground.features.lessons.blocks import Question
from playground.features.lessons.lesson import Lesson, Library
from playground.features.lessons.lines import LessonError

NO_LESSON = "This is no lesson."
NO_QUESTION = "This is no question."
NO_ANSWER = "This is no answer to that question."
_ALMOST = 1e-6  # of a step; numbers come as decimals


def lesson(library: Library, lesson_id: object) -> Lesson:
    """A lesson of the library; ValueError in a sentence when there is none of that name."""
    try:
        if not isinstance(lesson_id, str):
            raise KeyError
        return library.get(lesson_id)
    except (KeyError, LessonError, OSError):
        raise ValueError(NO_LESSON) from None


def question(library: Library, question_id: object) -> Question:
    """The question that `LESSON.STEP` names; ValueError when that step asks none."""
    if not isinstance(question_id, str):
        raise ValueError(NO_QUESTION)
    lesson_id, _, number = question_id.rpartition(".")
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        raise ValueError(NO_QUESTION)
    steps = lesson(library, lesson_id).steps
    asked = steps[int(number) - 1].question if 1 <= int(number) <= len(steps) else None
    if asked is None or question_id != f"{lesson_id}.{int(number)}":
        raise ValueError(NO_QUESTION)
    return asked


def answer(asked: Question, said: object) -> str:
    """What was said, as the question offers it: one of its options, or a number in its range."""
    if asked.options:
        words = [option.words for option in asked.options]
        if said not in words:
            raise ValueError(NO_ANSWER)
        return str(said)
    try:
        number = float(said) if isinstance(said, (str, int, float)) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if isinstance(said, bool) or not asked.low <= number <= asked.high:
        raise ValueError(NO_ANSWER)
    steps = (number - asked.low) / asked.step
    if abs(steps - round(steps)) > _ALMOST:
        raise ValueError(NO_ANSWER)
    return f"{number:g}"
