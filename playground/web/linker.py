"""Join ES modules into one classic script: to stand inline, or to be opened from a disk.

Of the language's module syntax two forms are understood, and anything else is refused:

    import { a, b as c } from "./other.js";      at the beginning of a line, in one or several lines
    export function …, export class …, export const …, export async function …

A linked script defines each of its modules once, dependencies first, under the name of its file:
`playground.modules.clock` holds what `clock.js` exports. A module that is defined already is not
run again, so scripts that are fetched one after another share their modules. Modules that the page
is known to hold may be left out. A module has its own scope; circles are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^{}]*)\} from "(\.{1,2}/[^"\n]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*?|const|class) (\w+)", re.MULTILINE)
_IMPORTED = re.compile(r"(\w+)(?: as (\w+))?")
_REFUSED = re.compile(r"^[ \t]*(?:import|export)\b|\bimport\s*[.(]", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)\n", re.MULTILINE | re.DOTALL)
_STEM = re.compile(r"[a-z]\w*")


class LinkError(ValueError):
    """A script uses a form of `import` or `export`, or a name, that cannot be linked."""


@dataclass(frozen=True, slots=True)
class _Module:
    """One script: `imports` are (file, ((name there, name here), …)), `text` is without them."""

    file: Path
    imports: tuple[tuple[Path, tuple[tuple[str, str], ...]], ...]
    exports: tuple[str, ...]
    text: str


def link(*entries: Path, held: Collection[Path] = ()) -> str:
    """A classic script that defines the entries and everything that they import.

    Args:
        held: modules that whichever page runs the script has defined before.

    Raises:
        LinkError: a form that is not understood, a circle, a name that is not exported, or two
            modules of one name.
    """
    order = modules(*entries)
    _check_names(order)
    body = "".join(_definition(file) for file in order if file not in held)
    return f'"use strict";{{const $modules=(window.playground??={{}}).modules??={{}};\n{body}}}'


def modules(*entries: Path) -> tuple[Path, ...]:
    """The entries and all that they import, dependencies first."""
    order: list[Path] = []
    for entry in entries:
        _visit(entry.resolve(), (), order)
    return tuple(order)


def imports(file: Path) -> tuple[Path, ...]:
    """The modules that a module imports by itself."""
    return tuple(imported for imported, _ in _read(file.resolve()).imports)


def exports(file: Path) -> tuple[str, ...]:
    """The names that a module exports."""
    return _read(file.resolve()).exports


def _visit(file: Path, path: tuple[Path, ...], order: list[Path]) -> None:
    if file in path:
        circle = " -> ".join(one.name for one in (*path[path.index(file) :], file))
        raise LinkError(f"Modules import each other in a circle: {circle}.")
    if file in order:
        return
    for imported, _ in _read(file).imports:
        _visit(imported, (*path, file), order)
    order.append(file)


def _check_names(order: Collection[Path]) -> None:
    names: dict[str, Path] = {}
    for file in order:
        if not _STEM.fullmatch(file.stem):
            raise LinkError(f"{file.name} is no name for a module: letters, digits and _ only.")
        if names.setdefault(file.stem, file) != file:
            raise LinkError(f"{file} and {names[file.stem]} have the same name.")


@cache
def _read(file: Path) -> _Module:
    """A script taken apart; a file is read once in the life of the program."""
    if not file.is_file():
        raise LinkError(f"There is no module {file}.")
    text = _without_comments(file, file.read_text(encoding="utf-8"))
    imports = tuple(
        ((file.parent / where).resolve(), tuple(_bindings(file, names)))
        for names, where in _IMPORT.findall(text)
    )
    exports = tuple(name for _, name in _EXPORT.findall(text))
    text = _EXPORT.sub(r"\1 \2", _IMPORT.sub("", text)).strip()
    if refused := _REFUSED.search(text):
        line = text[refused.start() :].strip().partition("\n")[0]
        raise LinkError(f"{file.name} has a form of import or export that is not linked: {line}")
    return _Module(file, imports, exports, text)


def _without_comments(file: Path, text: str) -> str:
    """The script without comments that have lines of their own."""
    for comment in _COMMENT.finditer(text):
        if _COMMENT.sub("", text[: comment.start()]).count("`") % 2:
            line = comment[0].strip().partition("\n")[0]
            raise LinkError(f"{file.name} has what looks like a comment within a template: {line}")
    return _COMMENT.sub("", text)


def _bindings(file: Path, names: str) -> list[tuple[str, str]]:
    found = []
    for one in filter(None, (part.strip() for part in names.split(","))):
        if not (match := _IMPORTED.fullmatch(one)):
            raise LinkError(f"{file.name} imports “{one}”, which is no name.")
        found.append((match[1], match[2] or match[1]))
    return found


def _definition(file: Path) -> str:
    """What defines one module, unless it is defined already."""
    module = _read(file)
    bound = "".join(_bound(file, other, names) for other, names in module.imports)
    given = ",".join(module.exports)
    return (
        f"$modules.{file.stem}??=(()=>{{{bound}\n{module.text}\nreturn Object.freeze({{{given}}});"
        "})();\n"
    )


def _bound(file: Path, other: Path, names: tuple[tuple[str, str], ...]) -> str:
    exports = _read(other).exports
    for name, _ in names:
        if name not in exports:
            raise LinkError(f"{file.name} imports {name}, which {other.name} does not export.")
    taken = ",".join(name if name == own else f"{name}:{own}" for name, own in names)
    return f"const {{{taken}}}=$modules.{other.stem};"
