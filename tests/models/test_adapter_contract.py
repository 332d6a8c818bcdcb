"""What every adapter promises the engine, checked on every adapter with random weights.

To add a model: a builder in `tiny_models.py` that writes its folder, and a line in `CASES`.
"""

from __future__ import annotations

import importlib
import itertools
import pickle
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from models.base import Adapter, ImageStep, ModelSpec, Recipe, State, Step, TokenStep
from models.hub_catalogue import INT8_ADAPTER
from models.recipe import make_recipe
from tests import fake_adapters, tiny_models

pytestmark = pytest.mark.slow

MAX_ARRAY_BYTES = 4_000_000


@dataclass(frozen=True)
class Case:
    """A model to check: how it is built, and what it is asked for."""

    name: str
    build: Callable[[Path], ModelSpec]
    prompts: Sequence[str] = ("",)
    options: Sequence[Mapping[str, Any]] = ({},)
    refused: Sequence[str] = ()  # prompts that cannot be read
    runs: int = 10
    dtypes: Sequence[str] = ("float32", "bfloat16")
    decode: Callable[[Adapter, Sequence[int]], str] | None = None  # token ids -> the whole text


def _decode_raw(adapter: Any, tokens: Sequence[int]) -> str:
    raw = b"".join(adapter.vocabulary.raw[t] for t in tokens if t != adapter.vocabulary.end)
    return raw.decode("utf-8", "replace")


TEXT = Case(
    "",
    tiny_models.char_lstm,
    prompts=("", "O", "To be, or not to be:\n", "What light! " * 12),
    options=(
        {"length": 30, "temperature": 1.0},
        {"length": 1, "temperature": 2.0},
        {"length": 45, "temperature": 0.8, "top_k": 7},
        {"length": 12, "temperature": 0.0},
        {"length": 20, "temperature": 1.3, "top_p": 0.8},
    ),
    refused=("é", "To be, 你"),
    decode=_decode_raw,
)
# Fewer letters, since every pass computes alike: one for each number of rows and length of memory.
AS_SHIPPED = replace(
    TEXT,
    prompts=(*TEXT.prompts[:3], "What light! " * 6),  # more than is read in one go
    options=tuple(
        {**options, "length": length}
        for options, length in zip(TEXT.options, (12, 1, 16, 6, 8), strict=True)
    ),
    runs=35,  # more than share one pass
)
LSTM_INT8_ADAPTER = "models.adapters.char_lstm:CharLstmInt8"
SHIPPED_LSTM = partial(tiny_models.char_lstm, embedding=128, hidden=512)
SHIPPED_GPT = partial(tiny_models.gpt2_mini, context=256, width=256, layers=4, heads=4)
LABELS: Sequence[Mapping[str, Any]] = ({"count": 2, "digit": 3}, {"count": 1}, {"count": 4})

CASES = (
    replace(TEXT, name="char_lstm"),
    replace(
        TEXT,
        name="char_lstm_int8",
        build=lambda folder: replace(tiny_models.char_lstm(folder), adapter=LSTM_INT8_ADAPTER),
        dtypes=("float32",),
    ),
    replace(TEXT, name="gpt2_mini", build=tiny_models.gpt2_mini),
    replace(
        TEXT,
        name="gpt2",
        build=tiny_models.gpt2,
        refused=(),
        prompts=("", "naïve 👩‍🚀", "The cat sat " * 9),
    ),
    replace(
        TEXT,
        name="gpt2_int8",
        build=lambda folder: replace(tiny_models.gpt2(folder), adapter=INT8_ADAPTER),
        refused=(),
        prompts=("", "naïve 👩‍🚀", "The cat sat " * 9),
        dtypes=("float32",),
    ),
    # In the shapes of the shipped models: rounding depends on them.
    replace(AS_SHIPPED, name="char_lstm as shipped", build=SHIPPED_LSTM),
    replace(AS_SHIPPED, name="gpt2_mini as shipped", build=SHIPPED_GPT),
    replace(
        AS_SHIPPED,
        name="char_lstm_int8 as shipped",
        build=lambda folder: replace(SHIPPED_LSTM(folder), adapter=LSTM_INT8_ADAPTER),
        dtypes=("float32",),
    ),
    Case(
        "fake text",
        lambda folder: fake_adapters.FAKE_TEXT,
        prompts=("", "quiet=3"),
        options=({"length": 9}, {"length": 1}),
        refused=("refuse=1",),
        dtypes=("float32",),
        decode=lambda adapter, tokens: "".join(fake_adapters.ALPHABET[t] for t in tokens),
    ),
    Case("gan", tiny_models.gan, options=LABELS, dtypes=("float32",)),
    Case("vae", tiny_models.vae, options=LABELS, dtypes=("float32",)),
    Case(
        "diffusion_mini",
        tiny_models.diffusion_mini,
        prompts=("a red seven on a black background", "", "blue 3", "a cow with an umbrella " * 9),
        options=({"count": 2, "steps": 3}, {"count": 1, "steps": 1}, {"count": 3, "steps": 4}),
        runs=6,
    ),
    Case(
        "stable_diffusion",
        partial(tiny_models.stable_diffusion, latent_px=8),
        prompts=("a cow with an umbrella", "", "a red kite " * 40),
        options=(
            {"count": 2, "steps": 3},
            {"count": 1, "steps": 1},
            {"count": 3, "steps": 4, "guidance": 1.0},
        ),
        runs=5,
    ),
    Case(
        "sd_turbo",
        partial(tiny_models.sd_turbo, latent_px=8),
        prompts=("a cow with an umbrella", ""),
        options=({"count": 2, "steps": 3}, {"count": 1, "steps": 1}),
        runs=5,
    ),
    Case(
        "fake image", lambda folder: fake_adapters.FAKE_IMAGE, options=LABELS, dtypes=("float32",)
    ),
)


@dataclass
class Model:
    """A case built on disk and loaded, with its recipes."""

    case: Case
    spec: ModelSpec
    dtype: str
    device: str = "cpu"
    adapter: Adapter = field(init=False)
    _alone: dict[str, list[Step]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.adapter = self.load()

    def load(self) -> Adapter:
        """Load as the pool does, from the import string."""
        module, name = self.spec.adapter.split(":")
        adapter: Adapter = getattr(importlib.import_module(module), name).load(
            self.spec, self.device, self.dtype
        )
        return adapter

    def recipe(self, seed: int) -> Recipe:
        """The recipe of this number: prompts and options take turns."""
        prompts, options = self.case.prompts, self.case.options
        return make_recipe(
            self.spec,
            prompt=prompts[seed % len(prompts)],
            options=options[seed % len(options)],
            seed=seed,
        )

    def alone(self, recipe: Recipe) -> list[Step]:
        """All steps of a recipe that has the model for itself; worked out once."""
        if recipe.key not in self._alone:
            self._alone[recipe.key] = alone(self.adapter, recipe)
        return self._alone[recipe.key]

    def recipes(self) -> list[Recipe]:
        """As many as the case asks for."""
        return [self.recipe(seed) for seed in range(self.case.runs)]


@pytest.fixture(scope="module", autouse=True)
def hub() -> Iterator[None]:
    """Models of the hub lie in folders of the test's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.hub.cache.folder", tiny_models.hub_folder)
        yield


DEVICES = (
    "cpu",
    *(("cuda",) * torch.cuda.is_available()),
    *(("mps",) * torch.backends.mps.is_available()),
)
"""Every device that this machine has."""


@pytest.fixture(
    scope="module",
    params=[(case, dtype, device) for device in DEVICES for case in CASES for dtype in case.dtypes],
    ids=lambda param: f"{param[0].name}, {param[1]}, {param[2]}",
)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    case, dtype, device = request.param
    return Model(case, case.build(tmp_path_factory.mktemp("weights")), dtype, device)


def advance(adapter: Adapter, states: Sequence[State]) -> list[Step | None]:
    """One call of `advance`; what it says of each state, failures raised."""
    results = adapter.advance(states)
    assert len(results) == len(states)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return [result for result in results if not isinstance(result, Exception)]


def alone(adapter: Adapter, recipe: Recipe) -> list[Step]:
    """All steps of a recipe that has the model for itself."""
    state, steps = adapter.begin(recipe), list[Step]()
    while not (steps and steps[-1].last):
        steps += [step for step in advance(adapter, [state]) if step]
    adapter.end(state)
    return steps


def among_others(adapter: Adapter, recipes: Sequence[Recipe], seed: int) -> list[list[Step]]:
    """All steps of recipes that come, pause and go as a seed has it; every third leaves early."""
    rng = random.Random(seed)
    waiting = rng.sample(range(len(recipes)), len(recipes))
    steps: list[list[Step]] = [[] for _ in recipes]
    states: dict[int, State] = {}
    while waiting or states:
        for i in [waiting.pop() for _ in range(min(rng.randint(0, 6), len(waiting)))]:
            states[i] = adapter.begin(recipes[i])
        chosen = [i for i in states if rng.random() < 0.9]
        rng.shuffle(chosen)
        results = advance(adapter, [states[i] for i in chosen]) if chosen else []
        for i, step in zip(chosen, results, strict=True):
            steps[i] += [step] if step else []
            if (step and step.last) or (i % 3 == 0 and len(steps[i]) >= 5):
                adapter.end(states.pop(i))
    return steps


def test_same_steps_alone_and_among_others(model: Model) -> None:
    recipes = model.recipes()
    crowded = among_others(model.adapter, recipes, seed=1)
    for recipe, steps in zip(recipes, crowded, strict=True):
        expected = model.alone(recipe)
        assert steps == expected[: len(steps)]
        assert len(steps) in (len(expected), 5)


def test_all_at_once(model: Model) -> None:
    recipes = model.recipes()
    states = [model.adapter.begin(recipe) for recipe in recipes]
    first: list[Step | None] = [None] * len(states)
    while None in first:
        left = [i for i, step in enumerate(first) if step is None]
        for i, step in zip(left, advance(model.adapter, [states[i] for i in left]), strict=True):
            first[i] = step
    for state in states:
        model.adapter.end(state)
    assert first == [model.alone(recipe)[0] for recipe in recipes]


def test_steps_are_numbered_and_end_once(model: Model) -> None:
    for recipe in model.recipes()[:5]:
        steps = model.alone(recipe)
        assert [step.index for step in steps] == list(range(len(steps)))
        assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]
        assert all(step.seconds >= 0 and step.batch == 1 for step in steps)


def test_steps_hold_what_they_promise(model: Model) -> None:
    for recipe in model.recipes()[:5]:
        for step in model.alone(recipe):
            if isinstance(step, TokenStep):
                check_token(step)
            else:
                check_images(step)
            assert b"_rebuild_tensor" not in pickle.dumps(step)


def check_token(step: TokenStep) -> None:
    """Probabilities in (0, 1], candidates sorted and in agreement with the step."""
    assert 0 < step.probability <= 1
    assert 0 < step.drawn_probability <= 1
    assert step.entropy_bits >= 0
    probabilities = [candidate.probability for candidate in step.top]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 < p <= 1 for p in probabilities)
    if step.rank < len(step.top):
        drawn = step.top[step.rank]
        assert drawn.token_id == step.token_id
        assert drawn.probability == pytest.approx(step.probability)


def check_images(step: ImageStep) -> None:
    """Pictures in RGB, within the size that may cross to the page."""
    assert step.index < step.total
    assert step.last == (step.index == step.total - 1)
    assert step.images
    for image in step.images:
        assert image.mode == "RGB"
        assert image.width * image.height * 3 <= MAX_ARRAY_BYTES


def test_joined_text_is_the_whole_decoded(model: Model) -> None:
    if model.case.decode is None:
        pytest.skip("writes no text")
    for recipe in model.recipes():
        steps = [s for s in model.alone(recipe) if isinstance(s, TokenStep)]
        tokens = [step.token_id for step in steps]
        assert "".join(step.text for step in steps) == model.case.decode(model.adapter, tokens)


@pytest.mark.parametrize("calls", [0, 1, 2, 5])
def test_end_at_any_moment_leaves_the_model_usable(model: Model, calls: int) -> None:
    expected = model.alone(model.recipe(0))
    states = [model.adapter.begin(recipe) for recipe in model.recipes()]
    unfinished = list(states)
    for _ in range(calls):
        results = advance(model.adapter, unfinished) if unfinished else []
        unfinished = [
            state
            for state, step in zip(unfinished, results, strict=True)
            if not (step and step.last)
        ]
    for state in states:
        model.adapter.end(state)
    assert alone(model.adapter, model.recipe(0)) == expected


class Fault(TorchFunctionMode):
    """Raises at one of torch's functions that is called within it.

    Args:
        after: how many functions work before.
    """

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.left -= 1
        if self.left == -1:
            raise RuntimeError("this function was ordered to raise")
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_step_that_failed_can_be_taken_again(model: Model, seed: int) -> None:
    """Wherever it fails: either nobody has moved, or it is said whose end it is."""
    rng, raised = random.Random(seed), 0
    recipes = [model.recipe(number) for number in range(3)]
    steps: list[list[Step]] = [[] for _ in recipes]
    states = {i: model.adapter.begin(recipe) for i, recipe in enumerate(recipes)}
    for call in range(6):
        chosen = list(states)
        after = 10**9 if call % 2 else rng.choice([3, 10, 30, 100]) if call else 2
        try:
            with Fault(after):
                results = model.adapter.advance([states[i] for i in chosen])
        except RuntimeError:
            raised += 1
            continue
        for i, result in zip(chosen, results, strict=True):
            steps[i] += [result] if result and not isinstance(result, Exception) else []
            if isinstance(result, Exception) or (result and result.last):
                raised += isinstance(result, Exception)
                model.adapter.end(states.pop(i))
        if not states:
            break
    for state in states.values():
        model.adapter.end(state)
    assert raised or model.spec.id in fake_adapters.SPECS  # these call none of torch's functions
    for recipe, some in zip(recipes, steps, strict=True):
        assert some == model.alone(recipe)[: len(some)]


def test_places_are_free_again(model: Model) -> None:
    """Memory does not grow with the number of runs that have been."""
    model.alone(model.recipe(0))
    before = model.adapter.nbytes()
    for _ in range(40):
        model.adapter.end(model.adapter.begin(model.recipe(0)))
    assert model.adapter.nbytes() == before > 0


def test_what_cannot_be_read_is_refused(model: Model) -> None:
    before = model.adapter.nbytes()
    for prompt in model.case.refused:
        recipe = make_recipe(model.spec, prompt=prompt)
        for _ in range(40):
            with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
                model.adapter.begin(recipe)
    assert model.adapter.nbytes() == before


def test_loads_again_after_close(model: Model) -> None:
    expected = model.alone(model.recipe(1))
    other = model.load()
    other.close()
    again = model.load()
    assert alone(again, model.recipe(1)) == expected
    again.close()
    assert alone(model.adapter, model.recipe(1)) == expected


def test_prints_nothing(model: Model, capfd: pytest.CaptureFixture[str]) -> None:
    adapter = model.load()
    among_others(adapter, model.recipes()[:4], seed=2)
    adapter.close()
    assert capfd.readouterr() == ("", "")


def test_every_seed_is_its_own(model: Model) -> None:
    recipes = [replace(model.recipe(0), seed=seed) for seed in range(4)]
    results = [model.alone(recipe) for recipe in recipes]
    assert all(a != b for a, b in itertools.combinations(results, 2))
