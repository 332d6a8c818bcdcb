"""The shapes of events are the same for Python and for the scripts, field by field."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from playground.core import events
from playground.web.assets import KIT

Shapes = dict[str, dict[str, str]]
DECLARED = (KIT / "events.d.ts").read_text(encoding="utf-8")
RENAMED = {"Event": "RunEvent", "RecipeDict": "Recipe"}
"""What is called otherwise in scripts, where `Event` is the browser's."""
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean"}

# Of Python


def python_side() -> Shapes:
    """Every shape that an event holds, as scripts write it; what may be missing has a "?"."""
    return {scripts_type(shape): _fields(shape) for shape in _reached(events.Event)}


def _reached(hint: Any) -> Iterator[Any]:
    """The shapes that a type holds, itself included."""
    if is_typeddict(hint):
        yield hint
    inside = get_type_hints(hint).values() if is_typeddict(hint) else get_args(hint)
    for other in inside:
        yield from _reached(other)


def _fields(shape: Any) -> dict[str, str]:
    return {
        name + "?" * (name in shape.__optional_keys__): scripts_type(hint)
        for name, hint in get_type_hints(shape).items()
    }


def scripts_type(hint: Any) -> str:
    """A type of Python's as scripts write it."""
    if hint in PLAIN:
        return PLAIN[hint]
    if is_typeddict(hint):
        return RENAMED.get(hint.__name__, hint.__name__)
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inside)
    if origin in {Union, types.UnionType}:
        return _either(inside)
    held = ", ".join(map(scripts_type, inside))
    return {tuple: f"[{held}]", list: f"{held}[]", dict: f"Record<{held}>"}[origin]


def _either(hints: tuple[Any, ...]) -> str:
    """One of some types; a tuple and the same with one thing more are one with an optional end."""
    if all(get_origin(hint) is tuple for hint in hints):
        short, long = map(get_args, hints)
        assert long[:-1] == short
        return f"[{', '.join(map(scripts_type, short))}, {scripts_type(long[-1])}?]"
    return " | ".join(dict.fromkeys(map(scripts_type, hints)))


# Of scripts


def scripts_side(text: str) -> Shapes:
    """Every interface that `RunEvent` holds; what has a name alone is written out."""
    text = re.sub(r"/\*\*.*?\*/\n", "", text, flags=re.DOTALL)
    for name, meant in re.findall(r"^export type (\w+) = ([^;]+);$", text, re.MULTILINE):
        text = re.sub(rf"\b{name}\b", meant, text)
    bodies = re.findall(r"^export interface (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    found = {name: dict(map(_field, body.splitlines())) for name, body in bodies}
    return {name: found[name] for name in _named(found, "RunEvent")}


def _field(line: str) -> tuple[str, str]:
    match = re.fullmatch(r"  (\w+\??): (.+);", line)
    assert match, line
    return match[1], match[2]


def _named(found: Shapes, name: str) -> set[str]:
    inside = re.findall(r"\b[A-Z]\w*", " ".join(found[name].values()))
    return {name}.union(*(_named(found, other) for other in inside if other in found))


def test_python_and_scripts_declare_the_same_events() -> None:
    assert scripts_side(DECLARED) == python_side()


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("  last: boolean;\n", ""),  # a field that only Python has
        ("  fail?: Fail;\n", "  fail?: Fail;\n  pause?: Wait;\n"),  # a kind that only scripts have
        ("  held?: number[];", "  held: number[];"),
        ("  shape: number[];", "  shape: string[];"),
        ('"finished" | "stopped"', '"finished"'),
        ("[string, number][]?", "[string, number][]"),
    ],
)
def test_whatever_differs_is_noticed(there: str, instead: str) -> None:
    assert DECLARED.count(there)
    assert scripts_side(DECLARED.replace(there, instead)) != python_side()
