"""The text models: they compute what reference implementations compute, and treat text right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from models import checkpoint, datasets
from models.adapters.char_lstm import CharLstm, CharLstmInt8
from models.adapters.gpt2 import BytePairs, Gpt2
from models.adapters.text import BLOCK, STEPWISE, Characters, Vocabulary, Writing, draw_steps
from models.base import Adapter, ModelSpec, TokenStep
from models.networks import rows
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2 import Gpt2Decoder
from models.networks.rows import LARGEST, padded
from models.recipe import make_recipe
from models.sampling import Draw, Options
from tests import tiny_models

MIXED = "naïve café — 你好, 👩‍🚀🇩🇪 ok\n\t«ß» 🤷🏽‍♀️"


def run(adapter: Adapter, prompt: str, length: int, seed: int = 0) -> list[TokenStep]:
    """All steps of one text at temperature 1."""
    options = {"length": length, "temperature": 1.0}
    state = adapter.begin(make_recipe(adapter.spec, prompt=prompt, options=options, seed=seed))
    steps: list[TokenStep] = []
    while not (steps and steps[-1].last):
        steps += [step for step in adapter.advance([state]) if isinstance(step, TokenStep)]
    adapter.end(state)
    return steps


def logits_of_steps(steps: Sequence[TokenStep]) -> Tensor:
    """(T, V) as the steps report them, in the order of the vocabulary."""
    rows = []
    for step in steps:
        row = np.empty(len(step.top), np.float32)
        for candidate in step.top:
            row[candidate.token_id] = candidate.logit
        rows.append(row)
    return torch.from_numpy(np.stack(rows))


def read_through(adapter: Gpt2 | CharLstm, prompt: str, steps: Sequence[TokenStep]) -> list[int]:
    """All tokens the network has read when it made the last of `steps`."""
    prompt_ids = adapter.encode(prompt) or [adapter.start]
    return prompt_ids + [step.token_id for step in steps[:-1]]


@pytest.fixture(scope="module")
def lstm_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.char_lstm(tmp_path_factory.mktemp("char_lstm"))


@pytest.fixture(scope="module")
def lstm(lstm_spec: ModelSpec) -> CharLstm:
    return CharLstm.load(lstm_spec, "cpu", "float32")


@pytest.fixture(scope="module")
def gpt_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.gpt2_mini(tmp_path_factory.mktemp("gpt2_mini"), context=160)


@pytest.fixture(scope="module")
def gpt(gpt_spec: ModelSpec) -> Gpt2:
    return Gpt2.load(gpt_spec, "cpu", "float32")


@torch.inference_mode()
def transformers_logits(folder: str, tokens: Sequence[int]) -> Tensor:
    """(T, V) by transformers' own forward pass."""
    from transformers import GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    logits: Tensor = model(torch.tensor([tokens])).logits[0]
    return logits


@torch.inference_mode()
def whole_lstm_logits(folder: Path, tokens: Sequence[int]) -> Tensor:
    """(T, V) by `nn.LSTM` over the whole text at once."""
    config = checkpoint.read_config(folder)
    config.pop("alphabet")
    network = CharLSTM(**config).eval()
    checkpoint.load(folder, {"model": network})
    logits: Tensor = network(torch.tensor([tokens]))[0][0]
    return logits


@pytest.mark.parametrize("prompt", ["", "O", "To be, or not to be " * 9])
def test_lstm_steps_equal_the_whole(lstm: CharLstm, prompt: str) -> None:
    steps = run(lstm, prompt, length=40)
    tokens = read_through(lstm, prompt, steps)
    expected = whole_lstm_logits(Path(lstm.spec.source), tokens)[-40:]
    torch.testing.assert_close(logits_of_steps(steps), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("prompt", ["", "O", "x" * BLOCK, "To be, or not to be " * 6])
def test_gpt2_steps_equal_transformers(gpt: Gpt2, prompt: str) -> None:
    steps = run(gpt, prompt, length=40)
    tokens = read_through(gpt, prompt, steps)
    expected = transformers_logits(gpt.spec.source, tokens)[-40:]
    torch.testing.assert_close(logits_of_steps(steps), expected, atol=1e-4, rtol=0)


def test_logits_of_many_texts(gpt: Gpt2, lstm: CharLstm) -> None:
    tokens = torch.randint(65, (3, 150), generator=torch.Generator().manual_seed(0))
    rows: list[list[int]] = [row.numpy().tolist() for row in tokens]
    expected = torch.stack([transformers_logits(gpt.spec.source, row) for row in rows])
    torch.testing.assert_close(gpt.logits_of(tokens), expected, atol=1e-4, rtol=0)
    expected = torch.stack([whole_lstm_logits(Path(lstm.spec.source), row) for row in rows])
    torch.testing.assert_close(lstm.logits_of(tokens), expected, atol=1e-4, rtol=0)


def test_bfloat16_comes_close(gpt: Gpt2, gpt_spec: ModelSpec, lstm: CharLstm) -> None:
    tokens = torch.tensor([gpt.encode("The quality of mercy is not strain'd")])
    for exact, loaded in (
        (gpt, Gpt2.load(gpt_spec, "cpu", "bfloat16")),
        (lstm, CharLstm.load(lstm.spec, "cpu", "bfloat16")),
    ):
        rounded = loaded.logits_of(tokens)
        assert rounded.dtype == torch.float32
        error = (rounded - exact.logits_of(tokens)).abs().mean()
        assert 0 < error < 0.05 * exact.logits_of(tokens).std()


def test_a_full_context_is_said_and_its_last_half_read_anew(gpt: Gpt2) -> None:
    context = 160
    steps = run(gpt, "", length=context + 100)
    noted = [step.index for step in steps if step.note]
    assert noted == [context, context + context // 2 + 1]  # the drawn token has its place too
    assert steps[context].note == "The context of 160 tokens was full; its last half was read anew."
    tokens = [gpt.start] + [step.token_id for step in steps]
    half = tokens[context + 1 - context // 2 : context + 1]
    expected = transformers_logits(gpt.spec.source, half)[-1:]
    torch.testing.assert_close(logits_of_steps(steps[context:][:1]), expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize(("characters", "noted"), [(159, False), (160, False), (161, True)])
def test_a_prompt_longer_than_the_context_is_said(gpt: Gpt2, characters: int, noted: bool) -> None:
    prompt = ("Now is the winter of our discontent " * 5)[:characters]
    step = run(gpt, prompt, length=1)[0]
    note = "The prompt is longer than the context of 160 tokens; only its last 80 were read."
    assert step.note == (note if noted else "")
    tokens = gpt.encode(prompt)[-80 if noted else 0 :]
    expected = transformers_logits(gpt.spec.source, tokens)[-1:]
    torch.testing.assert_close(logits_of_steps([step]), expected, atol=1e-4, rtol=0)


def test_a_long_prompt_is_read_in_blocks_while_others_write(gpt: Gpt2) -> None:
    options = {"length": 50}
    writing = gpt.begin(make_recipe(gpt.spec, options=options))
    reading = gpt.begin(make_recipe(gpt.spec, prompt="a" * (2 * BLOCK + 5), options=options))
    results = [gpt.advance([writing, reading]) for _ in range(8)]
    assert all(isinstance(first, TokenStep) for first, _ in results)
    # Two blocks, four of the last five tokens; the fifth is read to draw from.
    assert [second is None for _, second in results] == [True] * 6 + [False] * 2
    gpt.end(writing)
    gpt.end(reading)


@pytest.mark.parametrize("adapter", ["lstm", "gpt"])
def test_short_prompts_are_read_side_by_side(adapter: str, request: pytest.FixtureRequest) -> None:
    writer: CharLstm | Gpt2 = request.getfixturevalue(adapter)
    prompts = ["a" * STEPWISE, "b", "cd"]
    runs = [writer.begin(make_recipe(writer.spec, prompt=p)) for p in prompts]
    seen = [writer.advance(runs) for _ in range(STEPWISE)]
    first = [[step is not None for step in steps].index(True) for steps in zip(*seen, strict=True)]
    assert first == [STEPWISE - 1, 0, 1]
    assert all(step.batch == len(runs) for steps in seen for step in steps if step)
    for run in runs:
        writer.end(run)


def test_the_lstm_has_no_context_to_fill(lstm: CharLstm) -> None:
    assert not any(step.note for step in run(lstm, "Ay, " * 300, length=300))


def test_an_empty_prompt_is_a_newline(gpt: Gpt2, lstm: CharLstm) -> None:
    for adapter in (gpt, lstm):
        assert adapter.start == datasets.ALPHABET.index("\n")
        assert run(adapter, "", length=5) == run(adapter, "\n", length=5)


def test_unknown_characters_are_named_once_each() -> None:
    characters = Characters(datasets.ALPHABET)
    with pytest.raises(ValueError, match="cannot read") as caught:
        characters.encode("café 你好 é\t7")
    assert str(caught.value) == (
        "This model knows only the 65 characters of its book; it cannot read: é, 你, 好, "
        "U+0009, 7. Leave them out, or choose another model."
    )
    with pytest.raises(ValueError, match="cannot read") as caught:
        characters.encode("абвгдежзий" * 300)
    assert str(caught.value) == (
        "This model knows only the 65 characters of its book; it cannot read 10 of yours, which "
        "begin with а, б, в, г, д, е, ж, з. Leave them out, or choose another model."
    )
    assert characters.encode("O!") == [datasets.ALPHABET.index("O"), datasets.ALPHABET.index("!")]


def stream(vocabulary: Vocabulary, tokens: Sequence[int], length: int = 1000) -> list[TokenStep]:
    """The steps of a text whose tokens are given."""
    writing = Writing(
        options=Options(), generator=torch.Generator(), length=length, unread=[vocabulary.start]
    )
    nothing = np.empty(0, np.int32)
    draws = (Draw(t, 1.0, 1.0, 0.0, 0, nothing, nothing, 0.0) for t in tokens)
    return [writing.step(draw, vocabulary, seconds=0.0, batch=1) for draw in draws]


@pytest.fixture(scope="module")
def byte_pairs() -> BytePairs:
    return BytePairs(tiny_models.tokenizer_folder())


def test_byte_pairs_are_those_of_transformers(byte_pairs: BytePairs) -> None:
    from transformers import GPT2Tokenizer

    folder = tiny_models.tokenizer_folder()
    reference = GPT2Tokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    for text in (
        MIXED,
        " leading",
        "two  spaces\n\n\n",
        "don't they're I'll 12345",
        "",
        "\r\n\x00",
    ):
        assert byte_pairs.encode(text) == reference(text)["input_ids"]
    assert len(byte_pairs.pieces) == 50_257
    assert byte_pairs.start == byte_pairs.end == 50_256


def test_a_spelled_out_end_of_text_does_not_end_anything(byte_pairs: BytePairs) -> None:
    assert byte_pairs.end not in byte_pairs.encode("<|endoftext|>")


def test_streamed_pieces_never_split_a_character(byte_pairs: BytePairs) -> None:
    tokens = byte_pairs.encode(MIXED)
    steps = stream(byte_pairs, tokens)
    assert "".join(step.text for step in steps) == MIXED
    assert all("\ufffd" not in step.text for step in steps)
    assert any(step.text == "" for step in steps)


def test_a_text_cut_within_a_character_says_so(byte_pairs: BytePairs) -> None:
    tokens = byte_pairs.encode("👩")
    steps = stream(byte_pairs, tokens[:-1], length=len(tokens) - 1)
    assert "".join(step.text for step in steps) == "\ufffd"


def test_end_of_text_ends_a_run_and_shows_nothing(byte_pairs: BytePairs) -> None:
    assert byte_pairs.end is not None
    steps = stream(byte_pairs, [*byte_pairs.encode("Exit"), byte_pairs.end])
    assert steps[-1].last
    assert "".join(step.text for step in steps) == "Exit"


def test_tokens_that_do_not_fit_the_weights_are_refused(tmp_path: Path) -> None:
    spec = tiny_models.gpt2_mini(tmp_path, vocabulary=70)
    with pytest.raises(ValueError, match="do not fit"):
        Gpt2.load(spec, "cpu", "float32")


@pytest.mark.parametrize(
    "change",
    [
        {"activation_function": "relu"},
        {"scale_attn_by_inverse_layer_idx": True},
        {"scale_attn_weights": False},
    ],
    ids=str,
)
def test_what_is_not_computed_here_is_refused(
    gpt_spec: ModelSpec, change: dict[str, object]
) -> None:
    config = checkpoint.read_config(Path(gpt_spec.source)) | change
    with pytest.raises(ValueError, match="not computed here"):
        Gpt2Decoder({}, config, "cpu", "float32")


def test_the_hubs_own_names_of_tensors_are_read(gpt_spec: ModelSpec) -> None:
    """The file of GPT-2 there has no “transformer.” before its names, and holds masks as well."""
    folder = Path(gpt_spec.source)
    config = checkpoint.read_config(folder)
    own = load_file(folder / checkpoint.WEIGHTS_FILE)
    theirs = {name.removeprefix("transformer."): tensor for name, tensor in own.items()}
    theirs["h.0.attn.bias"] = torch.ones(1, 1, 4, 4)
    decoders = [Gpt2Decoder(tensors, config, "cpu", "float32") for tensors in (own, theirs)]
    tokens = torch.arange(5)[None]
    ours, same = (
        decoder.logits(decoder.read(tokens, tokens, decoder.cache(1, 5), 5)[0])
        for decoder in decoders
    )
    assert torch.equal(ours, same)


def test_rows_are_padded_to_a_few_sizes() -> None:
    assert [padded(n) for n in (1, 4, 5, 8, 9, 30, 32)] == [4, 4, 8, 8, 16, 32, 32]
    with pytest.raises(ValueError, match="At most 32"):
        padded(LARGEST + 1)


SHAPES = [(768, 256), (256, 1024), (65, 256), (2304, 768), (768, 3072)]


def check_rows(product: rows.Product, x: Tensor, sizes: Sequence[int]) -> None:
    """If this fails, this machine's kernels break the promise that `rows` is about."""
    whole = product(x)
    for size in sizes:
        places = torch.randperm(len(x), generator=torch.Generator().manual_seed(size))[:size]
        assert torch.equal(product(x[places]), whole[places])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_of_a_product_is_its_own(dtype: torch.dtype, shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(shape, generator=generator).to(dtype)
    x = torch.randn(LARGEST, shape[1], generator=generator).to(dtype)
    sizes = sorted({padded(n) for n in range(1, LARGEST + 1)})
    check_rows(rows.Steady(weight), x, sizes)
    check_rows(rows.fastest(weight), x, sizes)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_of_an_int8_product_is_its_own_and_nearly_the_same(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(shape, generator=generator), torch.randn(shape[0])
    x = (
        torch.randn(LARGEST, shape[1], generator=generator)
        * torch.logspace(-3, 3, LARGEST)[:, None]
    )
    product = rows.Rounded(weight, bias)
    check_rows(product, x, range(1, LARGEST))
    exact = x @ weight.T
    errors = (product(x) - bias - exact).norm(dim=1) / exact.norm(dim=1)
    assert errors.max() < 0.03  # rounded to 127 levels for each row, whatever its size
    assert product.nbytes < 0.3 * rows.Steady(weight, bias).nbytes + 64 * shape[0]


def test_products_give_what_torch_gives_and_tell_their_bytes() -> None:
    weight, bias, x = torch.randn(24, 16), torch.randn(24), torch.randn(5, 16)
    expected = torch.nn.functional.linear(x, weight, bias)
    for product in (
        rows.Steady(weight, bias),
        rows.fastest(weight, bias),
    ):
        assert torch.allclose(product(x), expected, atol=1e-5)
        assert product.nbytes == weight.nbytes + bias.nbytes


def test_the_lstm_in_int8_is_a_fourth_of_the_size_and_says_nearly_the_same(tmp_path: Path) -> None:
    spec = tiny_models.char_lstm(tmp_path, embedding=128, hidden=512)
    plain = CharLstm.load(spec, "cpu", "float32")
    rounded = CharLstmInt8.load(spec, "cpu", "float32")
    assert rounded.nbytes() < 0.3 * plain._step.nbytes()
    tokens = torch.tensor([plain.encode("O Romeo, Romeo"), plain.encode("wherefore art ")])
    exact, near = plain.logits_of(tokens), rounded.logits_of(tokens)
    assert not torch.equal(exact, near)
    first = exact[:, 0]  # from there on what differs a little is fed back
    assert (near[:, 0] - first).norm() < 0.05 * first.norm()
    # What it reads as a prompt, letter by letter, is what it scores.
    run = rounded.begin(make_recipe(spec, prompt="O Romeo, Romeo" * 3, options={"length": 1}))
    step = None
    while step is None:
        (step,) = rounded.advance([run])
    whole = rounded.logits_of(torch.tensor([rounded.encode("O Romeo, Romeo" * 3)]))[0, -1]
    said = {c.token_id: c.logit for c in step.top}
    assert torch.allclose(whole, torch.tensor([said[i] for i in range(len(whole))]), atol=1e-4)


def test_a_text_of_which_nothing_can_be_drawn_ends_and_takes_nothing_from_the_others() -> None:
    def writing(seed: int) -> Writing:
        generator = torch.Generator().manual_seed(seed)
        return Writing(options=Options(), generator=generator, length=4, unread=[0])

    vocabulary = Characters("\nabc")
    together, apart = [writing(seed) for seed in range(3)], [writing(seed) for seed in range(3)]
    for _ in range(3):
        logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(5))
        broken = logits.clone()
        broken[1] = torch.nan
        first, wrong, last = draw_steps(together, broken, vocabulary, 0.1)
        assert isinstance(wrong, Exception)
        whole = draw_steps(apart, logits, vocabulary, 0.1)
        for step, other in ((first, whole[0]), (last, whole[2])):
            assert isinstance(step, TokenStep)
            assert isinstance(other, TokenStep)
            assert (step.index, step.token_id) == (other.index, other.token_id)
