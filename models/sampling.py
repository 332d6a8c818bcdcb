"""From logits to tokens: every row is drawn with its own options and its own random numbers.

Nothing here mixes rows: a row's result is the same, to the last bit, whatever stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SHOWN_WHOLE = 128  # vocabularies up to this size are listed whole
SHOWN = 64  # of larger ones, this many favourites
DEPTH = 1024  # favourites sorted first for a row that cuts; a row that needs more is sorted whole


@dataclass(frozen=True, slots=True)
class Options:
    """How one row is drawn; temperature 0 takes the favourite, top_k 0 and top_p 1 cut nothing."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    @property
    def cuts(self) -> bool:
        """Whether some tokens are out of the question."""
        return self.temperature == 0 or self.top_k > 0 or self.top_p < 1


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawn or given token and what the model thought of it."""

    token_id: int
    probability: float  # temperature 1, nothing cut
    drawn_probability: float  # after temperature, top-k and top-p
    entropy_bits: float  # of the model's own distribution
    rank: int  # 0 = the favourite; equal logits in order of their ids
    top_ids: np.ndarray  # (K,) int32, most likely first, read-only
    top_logits: np.ndarray  # (K,) float32, read-only
    log_normaliser: float  # log of the sum of exp(logit) over the vocabulary


def sample(
    logits: Tensor, options: Sequence[Options], generators: Sequence[torch.Generator]
) -> list[Draw]:
    """Draw one token for every row of `logits` (B, V) float32, on the CPU.

    Each row takes exactly one uniform number from its generator, at temperature 0 too, so a run's
    random numbers do not depend on its options.
    """
    return _sample(logits, options, _uniforms(generators))


def sample_each(
    logits: Tensor, options: Sequence[Options], generators: Sequence[torch.Generator]
) -> list[Draw | Exception]:
    """As `sample`, with an error in the place of each row of which none can be drawn.

    The others are drawn as if that row were not there, by the same random numbers.
    """
    uniforms = _uniforms(generators)
    try:
        return list(_sample(logits, options, uniforms))
    except (RuntimeError, IndexError, ValueError, OverflowError):
        # Row by row, which is slow, and rare.
        return [_sample_one(logits, options, uniforms, row) for row in range(len(options))]


def _sample_one(
    logits: Tensor, options: Sequence[Options], uniforms: Tensor, row: int
) -> Draw | Exception:
    one = slice(row, row + 1)
    try:
        return _sample(logits[one], options[one], uniforms[one])[0]
    except (RuntimeError, IndexError, ValueError, OverflowError) as error:
        return error


def _uniforms(generators: Sequence[torch.Generator]) -> Tensor:
    """One uniform number (B,) from each generator."""
    return torch.cat([torch.rand(1, generator=g, dtype=torch.float64) for g in generators])


def _sample(logits: Tensor, options: Sequence[Options], uniforms: Tensor) -> list[Draw]:
    peaks = logits.amax(-1, keepdim=True)  # (B, 1)
    shifted = logits - peaks
    tokens, drawn = _draw_rows(shifted, options, uniforms)  # (B,), (B,)
    return _describe(logits, shifted, peaks, tokens, drawn.tolist())


def score(logits: Tensor, tokens: Sequence[int]) -> list[Draw]:
    """What the model thinks of one given token for every row of `logits` (B, V) float32.

    As `sample` would have said had it drawn these at temperature 1 with nothing cut.
    """
    peaks = logits.amax(-1, keepdim=True)  # (B, 1)
    return _describe(logits, logits - peaks, peaks, torch.tensor(tokens), None)


def _describe(
    logits: Tensor, shifted: Tensor, peaks: Tensor, tokens: Tensor, drawn: Sequence[float] | None
) -> list[Draw]:
    """`tokens` (B,) with all that is said of them; without `drawn` by the model's own shares."""
    log_totals, entropy = _distribution(shifted)  # (B,), (B,)
    depth = logits.shape[-1] if logits.shape[-1] <= SHOWN_WHOLE else SHOWN
    top_logits, top_ids = _favourites(logits, depth)  # (B, K), (B, K)
    chosen = logits.gather(-1, tokens[:, None])  # (B, 1)
    normalisers = (log_totals + peaks[:, 0]).tolist()
    pairs = zip(chosen[:, 0].tolist(), normalisers, strict=True)
    shares = [math.exp(logit - normaliser) for logit, normaliser in pairs]
    columns = (
        tokens.tolist(),
        shares,
        shares if drawn is None else drawn,
        (entropy / math.log(2)).clamp(min=0).tolist(),
        _ranks(logits, tokens, top_ids),
        _rows(top_ids.to(torch.int32)),
        _rows(top_logits),
        normalisers,
    )
    return [Draw(*row) for row in zip(*columns, strict=True)]


def _draw_rows(
    shifted: Tensor, options: Sequence[Options], uniforms: Tensor
) -> tuple[Tensor, Tensor]:
    """Tokens (B,) and the probabilities (B,) they were drawn with.

    Rows that cut nothing are drawn in the order of the vocabulary, which needs no sorting.
    """
    vocabulary = shifted.shape[-1]
    tokens = torch.zeros(len(options), dtype=torch.int64)
    drawn = torch.zeros(len(options), dtype=torch.float64)
    whole = [row for row, o in enumerate(options) if not o.cuts]
    if whole:
        weights = (shifted[whole] / _column([options[row].temperature for row in whole])).exp()
        tokens[whole], drawn[whole] = _invert(weights, uniforms[whole])
    left = [row for row, o in enumerate(options) if o.cuts]
    for depth in (min(DEPTH, vocabulary), vocabulary):
        if not left:
            break
        weights, ids, complete = _cut(shifted[left], [options[row] for row in left], depth)
        places, drawn[left] = _invert(weights, uniforms[left])
        tokens[left] = ids.gather(-1, places[:, None])[:, 0]
        left = [row for row, done in zip(left, complete.tolist(), strict=True) if not done]
    return tokens, drawn


def _cut(shifted: Tensor, options: Sequence[Options], depth: int) -> tuple[Tensor, Tensor, Tensor]:
    """Weights (B, depth) of the favourites, zero where cut; their ids; whether that was all (B,).

    Temperature comes first, then top-k, then top-p over what top-k left: the smallest set of
    favourites that reaches the share (Holtzman et al. 2020, section 3.1).
    """
    vocabulary = shifted.shape[-1]
    temperatures = _column([o.temperature or 1.0 for o in options])  # (B, 1)
    top_k = _column(
        [1 if o.temperature == 0 else min(o.top_k or vocabulary, vocabulary) for o in options]
    )  # (B, 1)
    top_p = _column([o.top_p for o in options])
    values, ids = _favourites(shifted, depth)
    weights = (values / temperatures).exp().double() * (torch.arange(depth) < top_k)
    reached = weights.cumsum(-1)  # (B, depth)
    deeper = (top_k > depth)[:, 0]  # rows with mass below the favourites listed
    totals = reached[:, -1:].clone()
    totals[deeper] = _row_sums((shifted[deeper] / temperatures[deeper]).exp())[:, None]
    goals = torch.where(top_p < 1, top_p * totals, torch.inf)  # (B, 1)
    before = reached - weights
    before[:, 0] = 0  # the favourite always stays
    complete = ~deeper | (reached >= goals)[:, -1]
    return weights * (before < goals), ids, complete


def _invert(weights: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Inverse of the cumulative distribution: places (B,) in `weights` (B, K), and their shares.

    Places of weight zero are never drawn.
    """
    reached = weights.cumsum(-1)
    totals = reached[:, -1:]  # (B, 1)
    below_total = totals.nextafter(torch.zeros_like(totals))
    goals = torch.minimum((uniforms[:, None] * totals).to(totals.dtype), below_total)
    places = torch.searchsorted(reached, goals, right=True)  # (B, 1)
    shares = weights.gather(-1, places) / totals
    return places[:, 0], shares[:, 0].double()


def _distribution(shifted: Tensor) -> tuple[Tensor, Tensor]:
    """Log of the sum of exp(`shifted`), and entropy in nats, each (B,) in float64.

    With Z the sum of exp(x): H = log Z - sum(x exp(x)) / Z.
    """
    weights = shifted.exp()
    totals = _row_sums(weights)
    log_totals = totals.log()
    return log_totals, log_totals - _row_sums(shifted * weights) / totals


def _row_sums(values: Tensor) -> Tensor:
    """Sum (B,) of every row of `values` (B, V), always added in the same order, as float64.

    `Tensor.sum` shares a single long row out among threads, but not a row among others; `cumsum`
    goes through every row from left to right, and on the CPU accumulates float32 in float64.
    """
    return values.cumsum(-1)[:, -1].double()


def _favourites(values: Tensor, depth: int) -> tuple[Tensor, Tensor]:
    """The `depth` largest of each row and their ids, descending; equal values by id."""
    if depth == values.shape[-1]:
        values, ids = torch.sort(values, dim=-1, descending=True, stable=True)
        return values, ids
    ids = values.topk(depth, dim=-1).indices.sort(dim=-1).values
    values, order = torch.sort(values.gather(-1, ids), dim=-1, descending=True, stable=True)
    return values, ids.gather(-1, order)


def _ranks(logits: Tensor, tokens: Tensor, top_ids: Tensor) -> Iterable[int]:
    """How many tokens stand before each of `tokens` (B); where all are listed, its place there."""
    if top_ids.shape == logits.shape:
        places: list[int] = (top_ids == tokens[:, None]).int().argmax(-1).tolist()
        return places
    return map(_rank, logits.numpy(), tokens.tolist())


def _rank(logits: np.ndarray, token: int) -> int:
    """How many tokens of a row (V,) stand before the drawn one."""
    drawn = logits[token]
    larger = np.count_nonzero(logits[token + 1 :] > drawn)
    return int(larger + np.count_nonzero(logits[:token] >= drawn))


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values)[:, None]


def _rows(values: Tensor) -> list[np.ndarray]:
    """Each row as an array of its own, so that keeping one step does not keep all of them."""
    rows = [row.copy() for row in values.numpy()]
    for row in rows:
        row.flags.writeable = False
    return rows
