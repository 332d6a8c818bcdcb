"""Which module of the two packages imports which, read from their source without importing them.

Lazy imports and those that only type checking sees count like all others, and so does a string
that names a module, such as the import strings by which features are opened.

    python -m tests.architecture

prints the figures.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[1]
PACKAGES = ("models", "playground")
FLOOR = ("core", "web", "server", "gradio_app", "features", "registry")
"""The layers of `playground`, from the ground up; whatever is in none of them lies above all."""

Arrow: TypeAlias = tuple[str, str]
_NAMED = re.compile(r"(?:playground|models)(?:\.\w+)+(?::\w+)?")


@cache
def modules() -> Mapping[str, Path]:
    """Name -> file, of every module of both packages."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return {_name(file): file for file in files}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> frozenset[Arrow]:
    """Every import from one module of ours to another."""
    return frozenset(
        (module, target)
        for module, file in modules().items()
        for target in _imported(ast.parse(file.read_text(encoding="utf-8")))
        if target != module
    )


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (found for name in node.names if (found := _module_of(name.name)))
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if found := _module_of(whole) or _module_of(node.module):
                    yield found
        elif isinstance(node, ast.Constant) and (found := _named(node.value)):
            yield found


def _named(value: object) -> str:
    """The module that a string names as an import string does."""
    if not isinstance(value, str) or not _NAMED.fullmatch(value):
        return ""
    return _module_of(value.partition(":")[0])


def _module_of(name: str) -> str:
    """The module of ours that a dotted name is; "" if it is none."""
    return name if name in modules() else ""


def outside(package: str) -> frozenset[str]:
    """The modules of ours that import a package of somebody else."""
    found = set()
    for module, file in modules().items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == package for name in names):
                found.add(module)
    return frozenset(found)


# Rooms


def room(module: str) -> str:
    """A child of `playground`, or one feature; "" for what is in neither."""
    package, *parts = module.split(".")
    if package != "playground" or not parts:
        return ""
    if parts[0] == "features":
        return ".".join(parts[:2]) if len(parts) > 1 else ""
    return parts[0]


def rooms() -> frozenset[str]:
    """All of them."""
    return frozenset(filter(None, map(room, modules())))


def arrows() -> Mapping[Arrow, frozenset[Arrow]]:
    """An arrow between two rooms -> the imports that make it."""
    found: dict[Arrow, set[Arrow]] = {}
    for one, other in imports():
        ends = room(one), room(other)
        if all(ends) and ends[0] != ends[1]:
            found.setdefault(ends, set()).add((one, other))
    return {ends: frozenset(made) for ends, made in found.items()}


def floor(name: str) -> int:
    """In which layer a room lies, from 0."""
    layer = name.split(".", maxsplit=1)[0]
    return FLOOR.index(layer) if layer in FLOOR else len(FLOOR)


# What a library does not promise

_OURS = {"_replace", "_asdict", "_fields", "_exit"}
"""Names with an underscore that Python itself documents."""
_SELF = {"self", "cls"}
_WIRE = re.compile(
    r"gradio_api|gradio-app|gradio-parts|gradio_config|__i18n__|\bfn_index\b|\bsession_hash\b"
    r"|queue/(?:join|data)|\bprocess_(?:generating|completed)\b"
)
"""What Gradio's page and its queue say to each other."""


def insides(source: str) -> Iterator[str]:
    """Where a module touches what its libraries, Gradio above all, do not promise; with its line.

    That is: what lies below `gradio.` (but for `gradio.components`), private names of objects of
    somebody else, attributes given to what a library has made, entries of `sys.modules`, and the
    words of Gradio's own traffic.
    """
    tree = ast.parse(source)
    own, foreign = _own_names(tree), _foreign_names(tree)
    texts = _docstrings(tree)
    for node in ast.walk(tree):
        for what in _touched(node, own, foreign):
            yield f"{node.lineno}: {what}"  # type: ignore[attr-defined]
        text = node.value if isinstance(node, ast.Constant) and id(node) not in texts else None
        if isinstance(text, str) and (found := _WIRE.search(text)):
            yield f"{node.lineno}: {found[0]}"  # type: ignore[attr-defined]


def _touched(node: ast.AST, own: set[str], foreign: set[str]) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (name for name in _imported_names(node) if _is_inside(name))
    elif isinstance(node, ast.Attribute):
        private = node.attr.startswith("_") and not node.attr.endswith("__")
        if private and node.attr not in own | _OURS and _root(node) not in _SELF:
            yield f".{node.attr}"
        if isinstance(node.ctx, ast.Store) and _is_foreign(node, foreign):
            yield f"{ast.unparse(node)} ="
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        if ast.unparse(node.value) == "sys.modules":
            yield "sys.modules"
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
        yield ast.unparse(node)


def _imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    else:
        yield node.module or ""


def _is_inside(module: str) -> bool:
    return module.startswith("gradio.") and module != "gradio.components"


def _is_foreign(target: ast.Attribute, foreign: set[str]) -> bool:
    """Whether an attribute that is set belongs to a library, or is one of Python's own."""
    dunder = target.attr.startswith("__") and isinstance(target.value, ast.Attribute)
    return dunder or _root(target) in foreign


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _own_names(tree: ast.Module) -> set[str]:
    """Private names that the module itself gives to something."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.update({node.attr} if _root(node) in _SELF else ())
    return found


def _foreign_names(tree: ast.Module) -> set[str]:
    """Names of what comes from libraries: imported, or a parameter that may be anything."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(PACKAGES):
            found.update(name.asname or name.name for name in node.names)
        elif isinstance(node, ast.Import):
            found.update(name.asname or name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.arg) and node.annotation is not None:
            kind = ast.unparse(node.annotation)
            if kind in {"Any", "ASGIApp"} or kind.startswith("gr."):
                found.add(node.arg)
    return found


def _docstrings(tree: ast.Module) -> set[int]:
    """The ids of texts that stand alone: they speak to who reads the source."""
    alone = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {id(value) for value in alone if isinstance(value, ast.Constant)}


# Graphs


def circles(edges: frozenset[Arrow]) -> frozenset[frozenset[str]]:
    """Sets of two and more that all reach each other (Tarjan 1972, by plain reachability)."""
    reached = _reached(edges)
    return frozenset(
        frozenset({other for other in reached[one] if one in reached[other]} | {one})
        for one in reached
        if one in reached[one]
    )


def floors(edges: frozenset[Arrow]) -> int:
    """How many stand on each other in the longest chain; those of one circle count as one."""
    circle = {name: group for group in circles(edges) for name in group}
    below: dict[object, set[object]] = {}
    for one, other in edges:
        ends = circle.get(one, one), circle.get(other, other)
        if ends[0] != ends[1]:
            below.setdefault(ends[0], set()).add(ends[1])

    @cache
    def height(name: object) -> int:
        return 1 + max((height(other) for other in below.get(name, ())), default=0)

    return max((height(name) for name in below), default=1)


def _reached(edges: frozenset[Arrow]) -> Mapping[str, set[str]]:
    """What each reaches in one step or more."""
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)
    found = {}
    for start in {end for edge in edges for end in edge}:
        seen: set[str] = set()
        left = [start]
        while left:
            for other in after.get(left.pop(), set()) - seen:
                seen.add(other)
                left.append(other)
        found[start] = seen
    return found


def figures() -> str:
    """Rooms, floors, arrows and circles, in one line each."""
    edges = frozenset(arrows())
    inside = frozenset(e for e in imports() if all(end.startswith("models.") for end in e))
    lines = [
        f"rooms    {len(rooms())}",
        f"floors   {floors(edges)}",
        f"arrows   {len(edges)}",
        f"circles  {[sorted(group) for group in circles(edges)]}",
        f"in models {[sorted(group) for group in circles(inside)]}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    import sys

    sys.stdout.write(f"{figures()}\n")
