"""A lesson’s text cut at its headings and fences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from playground.features.lessons.budget import spend

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


@cache
def markdown() -> MarkdownIt:
    """Raw HTML stays text, and of addresses only harmless kinds become links (`validateLink`)."""
    from markdown_it import MarkdownIt  # the first page needs none of it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    lines = ["paragraph", "reference", "blockquote", "list"]  # what asks at each of its lines
    reader.block.ruler.before("table", "budget", _spend_on_block, {"alt": lines})
    reader.inline.ruler.before("text", "budget", _spend_inline)
    return reader


def _spend_on_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """A rule that fits nothing, and is tried at every line."""
    spend(len(state.tokens))
    return False


def _spend_inline(state: StateInline, silent: bool) -> bool:
    """The same, within a line."""
    spend(len(state.tokens))
    return False


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading, a fenced block or a stretch of prose: where it begins and what it says."""

    kind: str
    line: int
    words: str
    tokens: tuple[Token, ...] = ()


def pieces(lines: Sequence[str]) -> Iterator[Piece]:
    """The file cut at its headings and fences."""
    prose: list[Token] = []
    tokens = markdown().parse("\n".join(lines))
    for i, token in enumerate(tokens):
        cuts = token.level == 0 and token.map is not None and _cuts(token)
        if cuts and prose:
            yield _prose(prose, lines)
            prose = []
        if cuts and token.map is not None:
            line = token.map[0] + 1
            if token.type == "fence":
                yield Piece(token.info.strip(), line, token.content)
            else:
                yield Piece("step", line, tokens[i + 1].content)
        elif not _inside_cut(tokens, i):
            prose.append(token)
    if prose:
        yield _prose(prose, lines)


def _cuts(token: Token) -> bool:
    fence = token.type == "fence" and token.info.strip() != ""
    return fence or (token.type == "heading_open" and token.tag == "h2")


def _inside_cut(tokens: Sequence[Token], i: int) -> bool:
    """Whether this is the text or the end of a step's heading."""
    opened = tokens[max(0, i - (1 if tokens[i].type == "inline" else 2))]
    is_part = tokens[i].type in {"inline", "heading_close"}
    return is_part and opened.level == 0 and opened.type == "heading_open" and opened.tag == "h2"


def _prose(tokens: Sequence[Token], lines: Sequence[str]) -> Piece:
    maps = [token.map for token in tokens if token.map]
    first, last = min(m[0] for m in maps), max(m[1] for m in maps)
    return Piece("", first + 1, "\n".join(lines[first:last]), tuple(tokens))
