"""How fast GPT-2 writes here, against transformers' own loop, at real size with random weights.

Speed does not depend on what the weights say, so none need to be fetched. All contestants run in
turn, in one process and on as many threads as the app uses; a ratio is taken round by round.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Tokenizer

from models import catalog, checkpoint, datasets, device
from models.adapters.gpt2 import Gpt2
from models.base import ModelSpec, State
from models.measure.metric import Metric, median
from models.measure.peak import peak_memory_gb
from models.networks import rows
from models.networks.gpt2 import Gpt2Decoder
from models.recipe import make_recipe

MODEL = "gpt2"
PEER_METRIC = "sixteen_streams_vs_ctranslate2_int8"
STREAMS = 16
TOKENS = 32  # each stream writes in a round
PROMPT_TOKENS = 16
_SEED = 0


class Numbers:
    """Tokens that read as their own numbers: a vocabulary of GPT-2's size that needs no files."""

    def __init__(self, size: int) -> None:
        self.pieces: Sequence[str] = tuple(f" {i}" for i in range(size))
        self.raw: Sequence[bytes] = tuple(piece.encode() for piece in self.pieces)
        self.start = size - 1
        self.end: int | None = None  # so that every stream writes to its end

    def encode(self, text: str) -> list[int]:
        """Token ids of a text of numbers."""
        return [int(number) for number in text.split()]


def measure(rounds: int) -> dict[str, dict[str, Metric]]:
    """Speeds of GPT-2 with 124 M parameters as ratios, larger is faster.

    Args:
        rounds: how often each contestant writes, after one round to warm up.
    """
    device.configure_torch()
    spec = catalog.spec(MODEL)
    placement = device.place(spec)
    model = random_model()
    contestants: dict[str, Callable[[], float]] = {
        "default": lambda: generate_seconds(model),
        "bf16": bfloat16(model),
        "one": one_of(adapter(spec, model, placement.device, placement.dtype)),
        "int8": one_of(adapter(spec, model, "cpu", "float32", rows.Rounded)),
    }
    several = adapter(spec, model, placement.device, placement.dtype)
    rounded = adapter(spec, model, "cpu", "float32", rows.Rounded)
    contestants["sixteen"] = lambda: write_seconds(several, STREAMS)
    contestants["int8_sixteen"] = lambda: write_seconds(rounded, STREAMS)
    if not without_peer():
        contestants["peer"] = peer(model, _tokenizer())
    taken = {name: np.empty(rounds) for name in contestants}
    for place in range(-1, rounds):
        for name, run in contestants.items():
            seconds = run()
            if place >= 0:
                taken[name][place] = seconds
    peak = peak_memory_gb(__name__, sixteen_streams.__name__)
    return {MODEL: {**_ratios(taken), "peak_memory_gb": Metric(peak, peak, peak, 1)}}


def without_peer() -> str:
    """Why CTranslate2 cannot take part; "" when it can."""
    if importlib.util.find_spec("ctranslate2") is None:
        return "ctranslate2 is not installed"
    missing = not (_tokenizer() / "vocab.json").is_file()
    return f"there is no tokenizer in {_tokenizer()}" if missing else ""


def _tokenizer() -> Path:
    return datasets.data_folder() / "gpt2-tokenizer"


def _ratios(taken: dict[str, np.ndarray]) -> dict[str, Metric]:
    """Seconds for a token of one stream over those of another, round by round."""
    ratios = {
        "one_stream_vs_generate_default": taken["default"] / taken["one"],
        "one_stream_vs_generate_bf16": taken["bf16"] / taken["one"],
        "sixteen_streams_vs_one_default": taken["default"] / taken["sixteen"],
        "int8_stream_vs_generate_default": taken["default"] / taken["int8"],
        "int8_sixteen_streams_vs_one_default": taken["default"] / taken["int8_sixteen"],
        "generate_default_seconds_per_token": taken["default"],
    }
    if "peer" in taken:
        ratios[PEER_METRIC] = taken["peer"] / taken["sixteen"]
        ratios[f"int8_{PEER_METRIC}"] = taken["peer"] / taken["int8_sixteen"]
    return {name: median(values) for name, values in ratios.items()}


def random_model() -> GPT2LMHeadModel:
    """GPT-2 with 124 M parameters as transformers begins it."""
    torch.manual_seed(_SEED)
    return GPT2LMHeadModel(GPT2Config()).eval()


def adapter(
    spec: ModelSpec,
    model: GPT2LMHeadModel,
    kind: str,
    dtype: str,
    product: rows.Kind | None = None,
) -> Gpt2:
    """Our adapter around the same weights."""
    decoder = Gpt2Decoder(model.state_dict(), model.config.to_dict(), kind, dtype, product)
    return Gpt2(spec, decoder, Numbers(model.config.vocab_size))


def one_of(writer: Gpt2) -> Callable[[], float]:
    """A contestant of one stream."""
    return lambda: write_seconds(writer, 1)


def write_seconds(writer: Gpt2, streams: int) -> float:
    """Seconds for each token of all streams together, sampling and all that a step tells included.

    Timed from the second token on, as prompts are read before the first.
    """
    options = {"length": TOKENS + 1, "temperature": 1.0}
    states: list[State] = [
        writer.begin(make_recipe(writer.spec, prompt=_prompt(i), options=options, seed=i))
        for i in range(streams)
    ]
    while any(state.index == 0 for state in states):
        writer.advance([state for state in states if state.index == 0])
    started = time.perf_counter()
    for _ in range(TOKENS):
        writer.advance(states)
    seconds = time.perf_counter() - started
    for state in states:
        writer.end(state)
    return seconds / (TOKENS * streams)


def generate_seconds(model: GPT2LMHeadModel) -> float:
    """Seconds for each token of transformers' `generate`, sampling from the whole vocabulary.

    The first token, for which the prompt is read, is taken off by a run of one token.
    """
    prompt = Numbers(model.config.vocab_size).encode(_prompt(0))
    longer, shorter = (seconds_of_generate(model, prompt, n) for n in (TOKENS + 1, 1))
    return (longer - shorter) / TOKENS


def seconds_of_generate(model: GPT2LMHeadModel, prompt: Sequence[int], tokens: int) -> float:
    """Seconds of one run of transformers' `generate`, drawn from the whole vocabulary."""
    read = torch.tensor([prompt])
    started = time.perf_counter()
    with torch.inference_mode():
        model.generate(
            read,
            attention_mask=torch.ones_like(read),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=True,
            top_k=0,
            pad_token_id=model.config.eos_token_id,
        )
    return time.perf_counter() - started


def bfloat16(model: GPT2LMHeadModel) -> Callable[[], float]:
    """A contestant: `generate` in bfloat16."""
    halved = random_model().to(torch.bfloat16)
    halved.load_state_dict(model.state_dict())
    return lambda: generate_seconds(halved)


def peer(model: GPT2LMHeadModel, tokenizer: Path) -> Callable[[], float]:
    """A contestant: CTranslate2 in int8, all streams in one batch.

    Args:
        tokenizer: a folder with GPT-2's vocab.json and merges.txt, without which nothing converts.
    """
    from ctranslate2 import Generator
    from ctranslate2.converters import TransformersConverter

    tokens = sorted(
        vocabulary := json.loads((tokenizer / "vocab.json").read_text()), key=vocabulary.get
    )
    with tempfile.TemporaryDirectory() as folder:
        original, converted = Path(folder, "original"), Path(folder, "converted")
        model.save_pretrained(original)
        GPT2Tokenizer.from_pretrained(tokenizer).save_pretrained(original)
        TransformersConverter(str(original)).convert(str(converted), quantization="int8")
        generator = Generator(str(converted), compute_type="int8", intra_threads=device.THREADS)
    prompts = [[tokens[int(i)] for i in _prompt(stream).split()] for stream in range(STREAMS)]

    def run(length: int) -> float:
        started = time.perf_counter()
        generator.generate_batch(
            prompts,
            max_length=length,
            min_length=length,
            sampling_topk=0,
            include_prompt_in_result=False,
        )
        return time.perf_counter() - started

    return lambda: (run(TOKENS + 1) - run(1)) / (TOKENS * STREAMS)


def _prompt(stream: int) -> str:
    return " ".join(str(100 * stream + place) for place in range(PROMPT_TOKENS))


def sixteen_streams() -> None:
    """What the peak of memory is measured of: a model read from its file, then sixteen streams."""
    device.configure_torch()
    spec = catalog.spec(MODEL)
    placement = device.place(spec)
    config = GPT2Config()
    with tempfile.TemporaryDirectory() as folder:
        random_model().save_pretrained(folder)
        tensors = load_file(Path(folder, checkpoint.WEIGHTS_FILE))
        decoder = Gpt2Decoder(tensors, config.to_dict(), placement.device, placement.dtype)
        del tensors
    write_seconds(Gpt2(spec, decoder, Numbers(config.vocab_size)), STREAMS)
