"""What text models show of their inside, against other implementations on the same weights."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models import checkpoint
from models.adapters import attribution
from models.adapters.char_lstm import CharLstm, CharLstmInt8
from models.adapters.gpt2 import Gpt2, Gpt2Int8
from models.base import Adapter, LookStep, ModelSpec, Step, TokenStep
from models.recipe import make_recipe
from tests import tiny_models

pytestmark = pytest.mark.slow

TEXT = "ROMEO:\nO, she doth teach the torches to burn bright!\n"
LONGEST = (TEXT * 4)[: attribution.MOST_CHARACTERS]
LAYERS, HEADS, HIDDEN = 2, 2, 24


@pytest.fixture(scope="module")
def gpt_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.gpt2_mini(
        tmp_path_factory.mktemp("gpt2"), context=200, layers=LAYERS, heads=HEADS
    )


@pytest.fixture(scope="module")
def lstm_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.char_lstm(tmp_path_factory.mktemp("lstm"), hidden=HIDDEN, layers=LAYERS)


@pytest.fixture(scope="module")
def gpt(gpt_spec: ModelSpec) -> Gpt2:
    return Gpt2.load(gpt_spec, "cpu", "float32")


@pytest.fixture(scope="module")
def lstm(lstm_spec: ModelSpec) -> CharLstm:
    return CharLstm.load(lstm_spec, "cpu", "float32")


@pytest.fixture(params=["gpt", "gpt_bfloat16", "gpt_int8", "lstm", "lstm_bfloat16", "lstm_int8"])
def looked(request: pytest.FixtureRequest, gpt_spec: ModelSpec, lstm_spec: ModelSpec) -> Adapter:
    kind, spec = {
        "gpt": (Gpt2, gpt_spec),
        "gpt_bfloat16": (Gpt2, gpt_spec),
        "gpt_int8": (Gpt2Int8, gpt_spec),
        "lstm": (CharLstm, lstm_spec),
        "lstm_bfloat16": (CharLstm, lstm_spec),
        "lstm_int8": (CharLstmInt8, lstm_spec),
    }[request.param]
    dtype = "bfloat16" if request.param.endswith("bfloat16") else "float32"
    adapter: Adapter = kind.load(spec, "cpu", dtype)
    return adapter


def look(adapter: Adapter, text: str = TEXT, **options: int) -> LookStep:
    """What a model shows of one text."""
    recipe = make_recipe(adapter.spec, task="look", prompt=text, options=options)
    state = adapter.begin(recipe)
    steps: list[Step] = []
    while not steps:
        steps += [step for step in adapter.advance([state]) if isinstance(step, LookStep)]
    adapter.end(state)
    (step,) = steps
    assert isinstance(step, LookStep)
    return step


def shares(step: LookStep) -> np.ndarray:
    """(T, T) as parts of 1, whichever kind of model it is of."""
    (name,) = step.arrays.keys() & {"attention", "memory"}
    return step.arrays[name] / step.figures["whole"]


@torch.inference_mode()
def transformers_attention(folder: str, tokens: list[int]) -> np.ndarray:
    """(layers, H, T, T) by transformers' own loop."""
    from transformers import GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = GPT2LMHeadModel.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    found = model(torch.tensor([tokens]), output_attentions=True).attentions
    return torch.cat(found).numpy()


@pytest.mark.parametrize("text", ["O", TEXT, LONGEST], ids=["letter", "line", "longest"])
def test_attention_is_that_of_transformers(gpt: Gpt2, text: str) -> None:
    expected = transformers_attention(gpt.spec.source, gpt.encode(text))
    parts = list(itertools.product(range(1, LAYERS + 1), range(1, HEADS + 1)))
    asked = [({"layer": a, "head": b}, expected[a - 1, b - 1]) for a, b in parts]
    asked += [({"layer": a}, expected[a - 1].mean(0)) for a in range(1, LAYERS + 1)]
    for options, attention in [*asked, ({}, expected.mean((0, 1)))]:
        found = shares(look(gpt, text, **options))
        np.testing.assert_allclose(found, attention, atol=1 / attribution.WHOLE + 1e-5, rtol=0)


def lstm_by_cells(folder: Path, tokens: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gates (layers, T, 3, hidden), new values and cells (layers, T, hidden) by `nn.LSTMCell`.

    A cell tells no gates: they are worked out from its weights, in torch's order, which is input,
    forget, new, output.
    """
    tensors = load_file(folder / checkpoint.WEIGHTS_FILE)
    own = {name.removeprefix("model."): tensor.float() for name, tensor in tensors.items()}
    x = own["embedding.weight"][torch.tensor(tokens)]
    gates, new, cells = [], [], []
    for layer in range(LAYERS):
        cell = torch.nn.LSTMCell(x.shape[1], HIDDEN)
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, part).data.copy_(own[f"lstm.{part}_l{layer}"])
        h, c = torch.zeros(1, HIDDEN), torch.zeros(1, HIDDEN)
        rows = []
        for token in x:
            sums = token @ cell.weight_ih.T + cell.bias_ih + h[0] @ cell.weight_hh.T + cell.bias_hh
            gate_in, forget, fresh, gate_out = sums.chunk(4)
            gates.append(torch.stack([gate_in, forget, gate_out]).sigmoid())
            new.append(fresh.tanh())
            h, c = cell(token[None], (h, c))
            rows.append(h[0])
            cells.append(c[0])
        x = torch.stack(rows)
    parts = (torch.stack(part).unflatten(0, (LAYERS, -1)) for part in (gates, new, cells))
    first, second, third = (part.detach().numpy() for part in parts)
    return first, second, third


def terms(gates: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Every token's term in every cell at every place, (layers, place, token, hidden), by loops."""
    layers, length, _, hidden = gates.shape
    found = np.zeros((layers, length, length, hidden))
    for layer, place in itertools.product(range(layers), range(length)):
        for token in range(place + 1):
            term = gates[layer, token, 0] * new[layer, token]
            for later in range(token + 1, place + 1):
                term = term * gates[layer, later, 1]
            found[layer, place, token] = term
    return found


def test_memory_is_where_the_cells_of_torch_come_from(lstm: CharLstm) -> None:
    gates, new, cells = lstm_by_cells(Path(lstm.spec.source), lstm.encode(TEXT))
    found = terms(gates, new)
    # What is shown is a part of the state itself: all terms of a place sum to its cells.
    np.testing.assert_allclose(found.sum(2), cells, atol=1e-5)
    for layer in range(LAYERS + 1):
        chosen = slice(layer - 1, layer) if layer else slice(None)
        sizes = np.abs(found[chosen]).sum((0, 3))
        expected = sizes / sizes.sum(1, keepdims=True)
        step = look(lstm, layer=layer)
        np.testing.assert_allclose(
            shares(step), expected, atol=1 / attribution.WHOLE + 1e-5, rtol=0
        )
        means = gates[chosen].mean((0, 3))
        np.testing.assert_allclose(step.arrays["gates"], means, atol=1e-5)


def test_rows_sum_to_one_and_know_nothing_of_what_comes(looked: Adapter) -> None:
    for text in ("O", LONGEST):
        step = look(looked, text)
        found = shares(step)
        assert found.shape == (len(text), len(text))
        assert (np.rint(found * attribution.WHOLE).sum(1) == attribution.WHOLE).all()
        assert (np.triu(found, 1) == 0).all()
        assert step.arrays["starts"].tolist() == list(range(len(text)))
        assert (step.index, step.total, step.last) == (0, 1, True)
        assert all(not array.flags.writeable for array in step.arrays.values())
        assert sum(array.nbytes for array in step.arrays.values()) <= 4_000_000


def test_the_same_alone_and_among_others(looked: Adapter) -> None:
    texts = [TEXT, LONGEST, TEXT[:7]]
    expected = [look(looked, text) for text in texts]
    recipes = [make_recipe(looked.spec, task="look", prompt=text) for text in texts]
    writing = make_recipe(looked.spec, prompt="To be", options={"length": 30}, seed=3)
    states = {i: looked.begin(recipe) for i, recipe in enumerate([writing, *recipes])}
    steps: dict[int, list[Step]] = {i: [] for i in states}
    left = list(states)
    while left:
        results = looked.advance([states[i] for i in reversed(left)])
        for i, step in zip(reversed(left), results, strict=True):
            assert not isinstance(step, Exception)
            steps[i] += [step] if step else []
        left = [i for i in left if not (steps[i] and steps[i][-1].last)]
    for state in states.values():
        looked.end(state)
    assert [steps[i] for i in (1, 2, 3)] == [[step] for step in expected]
    alone, state = list[Step](), looked.begin(writing)
    while not (alone and alone[-1].last):
        alone += [step for step in looked.advance([state]) if isinstance(step, TokenStep)]
    looked.end(state)
    assert steps[0] == alone


def test_one_may_leave_at_any_time(looked: Adapter) -> None:
    expected = look(looked, LONGEST)
    before = looked.nbytes()
    for calls in range(3):
        state = looked.begin(make_recipe(looked.spec, task="look", prompt=LONGEST))
        for _ in range(calls):
            looked.advance([state])
        looked.end(state)
    assert looked.nbytes() == before
    assert look(looked, LONGEST) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no text to look into"),
        ("x" * 201, "This text has 201 characters; 200 at most"),
        ("naïve", "cannot read: ï"),
    ],
)
def test_what_cannot_be_looked_into_is_refused_in_words(
    looked: Adapter, text: str, sentence: str
) -> None:
    recipe = make_recipe(looked.spec, task="look", prompt=text)
    with pytest.raises(ValueError, match=sentence):
        looked.begin(recipe)


def test_layers_and_heads_that_are_not_there_are_refused(gpt: Gpt2, lstm: CharLstm) -> None:
    wrong = [
        (gpt, {"layer": 3}, "only 2 layers"),
        (gpt, {"layer": 1, "head": 3}, "only 2 heads"),
        (gpt, {"head": 1}, "Choose a layer first"),
    ]
    for adapter, options, sentence in wrong:
        with pytest.raises(ValueError, match=sentence):
            look(adapter, **options)
    with pytest.raises(ValueError, match="Layer must lie between 0 and 2"):
        make_recipe(lstm.spec, task="look", prompt=TEXT, options={"layer": 3})


def test_a_text_of_more_tokens_than_the_context_is_refused(tmp_path: Path) -> None:
    adapter = Gpt2.load(tiny_models.gpt2_mini(tmp_path, context=32), "cpu", "float32")
    with pytest.raises(ValueError, match="53 tokens long; 32 are the most"):
        look(adapter)
    assert look(adapter, TEXT[:32]).last


def test_tokens_of_several_letters_and_letters_of_several_tokens(tmp_path: Path) -> None:
    adapter = Gpt2.load(tiny_models.gpt2(tmp_path), "cpu", "float32")
    text = "The naïve 👩‍🚀 cat"
    step = look(adapter, text)
    starts = step.arrays["starts"].tolist()
    tokens = adapter.encode(text)
    assert len(starts) == len(tokens) == len(shares(step))
    assert starts == sorted(starts)
    for start, token in zip(starts, tokens, strict=True):
        raw = adapter.vocabulary.raw[token]
        before = len(text[:start].encode())
        within = text.encode()[before:]
        assert raw in within[: len(raw) + 4]  # it begins with, or within, that character
    assert text[starts[-1] :] == " cat"


def test_whole_parts_are_nearest_and_sum_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.full(200, 0.05), 300)
    rows = np.concatenate([rows, np.full((1, 200), 1 / 200), np.eye(200)[:1]])
    parts = attribution.whole_parts(rows)
    assert (parts.sum(1, dtype=np.int64) == attribution.WHOLE).all()
    assert np.abs(parts / attribution.WHOLE - rows).max() < 1 / attribution.WHOLE


def test_shipped_models_declare_the_parts_that_they_have() -> None:
    from models import catalog

    writers = [spec for spec in catalog.SPECS if spec.world == "shakespeare"]
    assert len(writers) == 2
    for spec in writers:
        config = checkpoint.read_config(checkpoint.folder(spec.source))
        highs = {control.name: control.high for control in spec.inputs["look"]}
        has = {"layer": config.get("n_layer", config.get("layers")), "head": config.get("n_head")}
        assert highs == {name: number for name, number in has.items() if number}
