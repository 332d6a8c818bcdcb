"""Where two texts that began alike part. Pure: words in, a place and a sentence out."""

from __future__ import annotations

from playground.core.format import plural

_UNSEEN = {"\n": "a new line", " ": "a space", "\t": "a tab"}


def first_difference(left: str, right: str) -> int | None:
    """The place, from 0, of the first letter that differs; None where all that both have agrees."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return None


def sentence(left: str, right: str) -> str:
    """What became of two texts, in words; "" while there are no two."""
    if not (left and right):
        return ""
    place = first_difference(left, right)
    if place is not None:
        return (
            f"They part at letter {place + 1}: {_said(left[place])} against {_said(right[place])}."
        )
    shorter = min(len(left), len(right))
    if len(left) == len(right):
        return f"They never part: the same {plural(shorter, 'letter')}."
    return f"As far as both go ({plural(shorter, 'letter')}), they are the same."


def _said(letter: str) -> str:
    """A letter that can be seen, or its name."""
    return _UNSEEN.get(letter, f"“{letter}”")
