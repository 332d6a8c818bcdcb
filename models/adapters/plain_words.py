"""What people type is words to every tokenizer, whatever it looks like."""

from __future__ import annotations

from typing import TypeVar

Tokenizer = TypeVar("Tokenizer")


def plain_words(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer of transformers that reads every text as words, its own marks included.

    By itself it takes a typed <|endoftext|> for the token that ends a text, and what stands behind
    it for nothing.
    """
    tokenizer.split_special_tokens = True  # type: ignore[attr-defined]
    return tokenizer
