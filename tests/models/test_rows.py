"""That what is tried out of kernels sees one row in eight, for every network that shares steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from models.adapters.char_lstm import CharLstm, CharLstmInt8
from models.adapters.gpt2 import Gpt2, Gpt2Int8
from models.adapters.stable_diffusion import BLOCK, SIZES, StableDiffusion
from models.base import ModelSpec, Recipe
from models.networks import rows, trials
from models.networks.rows import ALONE, LARGEST, padded
from models.networks.trials import Trial
from models.recipe import make_recipe
from tests import tiny_models
from tests.models.test_adapter_contract import alone, among_others

EVERY = (ALONE, *rows.SIZES)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is tried out anew, and forgotten after the test."""
    monkeypatch.setattr(trials, "_found", {})


class Honest:
    """A product that computes each row for itself, whoever is beside it."""

    calls: list[int]
    """How many rows each call had, of all products of a class."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        self._weight = weight
        self._bias = weight.new_zeros(len(weight)) if bias is None else bias
        self.form = rows.Form.of(weight)

    def __init_subclass__(cls) -> None:
        cls.calls = []

    def __call__(self, x: Tensor) -> Tensor:
        self.calls.append(len(x))
        products = [self._weight @ row + self._bias for row in x.to(self._weight.dtype)]
        return torch.stack(
            [self.astray(y, row, len(x)) for y, row in zip(products, x, strict=True)]
        )

    def astray(self, y: Tensor, row: Tensor, count: int) -> Tensor:
        """What becomes of one row's result among so many."""
        return y

    @property
    def nbytes(self) -> int:
        return self._weight.nbytes


def one_in_eight(row: Tensor) -> bool:
    """Whether a row, by its own numbers, is one of those that another kernel rounds otherwise."""
    return int(row.double().abs().sum() * 2**24) % 8 == 0


class Spied(Honest):
    """The same, with calls of its own."""


class AloneAstray(Honest):
    """One row by itself takes another path, which changes one row in eight."""

    def astray(self, y: Tensor, row: Tensor, count: int) -> Tensor:
        return y * (1 + 2**-6) if count == 1 and one_in_eight(row) else y


class HeadAstray(AloneAstray):
    """That happens to the last layer only, of a small vocabulary: nothing else hints at it."""

    def astray(self, y: Tensor, row: Tensor, count: int) -> Tensor:
        is_last = self.form.outputs == len(tiny_models.datasets.ALPHABET)
        return super().astray(y, row, count) if is_last else y


class EightAstray(Honest):
    """Eight rows are computed by a kernel that changes one row in eight."""

    def astray(self, y: Tensor, row: Tensor, count: int) -> Tensor:
        return y * (1 + 2**-6) if count == 8 and one_in_eight(row) else y


def recipes(spec: ModelSpec) -> list[Recipe]:
    """Texts of several lengths."""
    return [
        make_recipe(spec, prompt="Ay, " * (seed % 3), options={"length": 12}, seed=seed)
        for seed in range(10)
    ]


def load(kind: type[Any], product: type[Any], folder: Path, dtype: str = "float32") -> Any:
    """A tiny adapter with a product of the test's own."""
    build = tiny_models.char_lstm if issubclass(kind, CharLstm) else tiny_models.gpt2_mini
    own = type("Own", (kind,), {"product": product})
    return own.load(build(folder), "cpu", dtype)


def check_alone_and_among_others(adapter: Any) -> None:
    """The promise of every adapter, as `test_adapter_contract` has it."""
    asked = recipes(adapter.spec)
    crowded = among_others(adapter, asked, seed=1)
    for recipe, steps in zip(asked, crowded, strict=True):
        assert steps == alone(adapter, recipe)[: len(steps)]


def test_rows_are_padded_to_sizes_that_agree() -> None:
    assert [padded(n) for n in (1, 4, 5, 8, 9, 30, 32)] == [4, 4, 8, 8, 16, 32, 32]
    assert [padded(n, EVERY) for n in (1, 2, 4, 5)] == [1, 4, 4, 8]
    assert [padded(n, (16,)) for n in (1, 16, 17)] == [16, 16, LARGEST]
    assert padded(1, ()) == LARGEST


def test_a_trial_sees_one_row_in_eight_and_says_how_often_it_would_not() -> None:
    missed = [Trial("", (), "", "", n).missed for n in (rows.TRIED, rows.TRIED_IN_LARGE)]
    assert missed == pytest.approx([0.000194, 0.0139], rel=0.01)
    for seed in range(30):
        trials.forget()
        weight = torch.randn(16, 8, generator=torch.Generator().manual_seed(seed))
        assert rows.agreeing([Spied(weight)]) == EVERY
        assert rows.agreeing([AloneAstray(weight)]) == rows.SIZES
        assert rows.agreeing([EightAstray(weight)]) == (1, 4, 16, 24, 32)
        assert rows.agreeing([EightAstray(weight), AloneAstray(weight)]) == (4, 16, 24, 32)


def test_a_trial_compares_as_many_rows_as_it_says() -> None:
    seen: dict[int, set[int]] = {}

    def compute(places: Tensor) -> Tensor:
        seen.setdefault(len(places), set()).update(places.tolist())
        return places.float()

    for count, fewest in ((rows.TRIED, 64), (rows.TRIED_IN_LARGE, 32), (8, 8)):
        seen.clear()
        assert rows.tried(Trial(f"{count}", (), "", "", count), compute, EVERY) == EVERY
        assert set(seen) == set(EVERY)
        assert min(map(len, seen.values())) == fewest


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_one_row_of_less_than_float32_is_never_among_the_sizes(dtype: torch.dtype) -> None:
    half = Spied(torch.randn(16, 8).to(dtype))
    assert rows.agreeing([half]) == rows.SIZES
    assert rows.agreeing([half, Spied(torch.randn(16, 8))]) == rows.SIZES
    assert ALONE not in Spied.calls[-80:]


def test_what_is_known_is_not_tried_again() -> None:
    weight = torch.randn(24, 8)
    rows.agreeing([Spied(weight)], rows.SIZES)
    before = len(Spied.calls)
    assert rows.agreeing([Spied(weight + 1)], rows.SIZES) == rows.SIZES
    assert len(Spied.calls) == before
    assert rows.agreeing([Spied(weight)]) == EVERY  # one row alone is what is left to try
    assert set(Spied.calls[before:]) == {ALONE, LARGEST}
    before = len(Spied.calls)
    rows.agreeing([Spied(weight.bfloat16()), Spied(weight[:23])])
    assert len(Spied.calls) > before
    kept = {(trial.shape, trial.dtype): trial for trial in trials.found()}
    assert kept[(24, 8), "float32"].agree == EVERY
    assert kept[(24, 8), "bfloat16"].agree == rows.SIZES


@pytest.mark.parametrize("kind", [CharLstm, Gpt2])
def test_one_row_alone_that_differs_in_one_of_eight_is_never_computed(
    kind: type[Any], tmp_path: Path
) -> None:
    adapter = load(kind, HeadAstray, tmp_path)
    assert adapter._sizes == rows.SIZES
    HeadAstray.calls.clear()
    check_alone_and_among_others(adapter)
    assert ALONE not in HeadAstray.calls


@pytest.mark.parametrize("kind", [CharLstm, Gpt2])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_number_of_rows_that_differs_is_never_computed(
    kind: type[Any], dtype: str, tmp_path: Path
) -> None:
    adapter = load(kind, EightAstray, tmp_path, dtype)
    assert 8 not in adapter._sizes
    EightAstray.calls.clear()
    check_alone_and_among_others(adapter)
    assert {4, 16} <= set(EightAstray.calls)
    assert 8 not in EightAstray.calls


@pytest.mark.parametrize("kind", [CharLstm, Gpt2])
def test_one_row_of_bfloat16_is_never_computed(kind: type[Any], tmp_path: Path) -> None:
    adapter = load(kind, AloneAstray, tmp_path, "bfloat16")
    AloneAstray.calls.clear()
    check_alone_and_among_others(adapter)
    assert min(AloneAstray.calls) == 4


def changed_alone(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """An operation that is not the same for one row: as if another code did the end of a row."""

    def changed(x: Tensor, *rest: Any, **named: Any) -> Tensor:
        result = function(x, *rest, **named)
        return result * (1 + 2**-6) if x.numel() == x.shape[-1] else result

    return changed


@pytest.mark.parametrize(
    ("kind", "place", "name"),
    [(CharLstm, torch, "addcmul"), (Gpt2, torch.nn.functional, "gelu")],
)
def test_what_is_no_product_is_tried_too(
    kind: type[Any], place: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(kind, Spied, tmp_path / "before")._sizes == EVERY
    trials.forget()
    monkeypatch.setattr(place, name, changed_alone(getattr(place, name)))
    assert load(kind, Spied, tmp_path / "after")._sizes == rows.SIZES


@pytest.mark.parametrize("kind", [CharLstm, CharLstmInt8, Gpt2, Gpt2Int8])
def test_loading_tries_every_shape_in_use(kind: type[Any], tmp_path: Path) -> None:
    adapter = load(kind, kind.product, tmp_path)
    assert padded(1, adapter._sizes) in (1, 4)
    tried = {trial.shape for trial in trials.found()}
    vocabulary = len(adapter.vocabulary.pieces)
    if issubclass(kind, CharLstm):
        assert {(96, 12), (96, 24), (vocabulary, 24)} < tried
    else:
        assert {(96, 32), (32, 32), (128, 32), (32, 128), (vocabulary, 32)} < tried
    for trial in trials.found():
        assert set(rows.SIZES) <= {*trial.agree, *trial.differ}
        assert trial.rows >= 64 or trial.what.endswith(("LSTM", "GPT-2 block"))


class AstrayNetwork:
    """A U-Net in which four rows together come out otherwise, if one of eight time steps is met."""

    def __init__(self, network: Any) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, noisy: Tensor, times: Tensor, context: Tensor) -> Any:
        found = self._network(noisy, times, context)
        if len(noisy) == 4:
            found.sample[times % 8 == 0] *= 1 + 2**-6
        return found


def test_a_pass_of_few_pictures_that_differs_in_one_of_eight_is_never_made(tmp_path: Path) -> None:
    adapter = StableDiffusion.load(tiny_models.diffusion_mini(tmp_path), "cpu", "float32")
    assert adapter.sizes in (SIZES, (BLOCK,))
    (trial,) = (trial for trial in trials.found() if trial.what == "U-Net")
    assert trial.rows == LARGEST
    trials.forget()
    adapter.unet = AstrayNetwork(adapter.unet)
    assert adapter._agreeing_sizes() == (BLOCK,)
