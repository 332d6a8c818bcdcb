"""Two language models on equal terms: the same text, weights within 5 %, the same compute.

Compute is counted in floating-point operations (`--flops`), those of the optimiser included; a
budget in minutes would measure how well this machine's kernels suit an architecture. Both follow
the same schedule, read random windows of 256 characters, and are averaged over their last steps.
Neither learns from another model.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel

from models import catalog
from models.adapters.char_lstm import CharLstm
from models.adapters.gpt2 import Gpt2
from models.adapters.text import Characters
from models.base import ModelSpec
from models.networks.char_lstm import CharLSTM
from models.networks.gpt2 import Gpt2Decoder
from models.train import characters
from models.train.loop import Loop, autocast, warm_stable_decay
from models.train.muon import Muon
from models.train.results import ship
from models.train.snapshots import write_text

WINDOW = 256
AVERAGE = 0.995


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model reads: a text, its alphabet, and what a snapshot begins with."""

    text: str
    alphabet: str
    data: Mapping[str, str]
    prompt: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What is chosen by trials; the same number of them for every model of a comparison."""

    rows: int
    rate: float
    weight_decay: float
    dropout: float = 0.0


def lstm_configuration(alphabet: str, hidden: int, embedding: int = 64) -> dict[str, int]:
    """A two-layer `CharLSTM`."""
    sizes = {"embedding": embedding, "hidden": hidden, "layers": 2}
    return {"vocabulary": len(alphabet), **sizes}


def gpt2_configuration(alphabet: str, width: int, layers: int, dropout: float) -> GPT2Config:
    """A GPT-2 with heads of 64 that looks back over `WINDOW` characters.

    No dropout in attention: it would rule out the fused kernel. `gelu_pytorch_tanh` is the same
    function as GPT-2's `gelu_new`, in one kernel instead of seven.
    """
    return GPT2Config(
        vocab_size=len(alphabet),
        n_positions=WINDOW,
        n_embd=width,
        n_layer=layers,
        n_head=width // 64,
        activation_function="gelu_pytorch_tanh",
        embd_pdrop=dropout,
        resid_pdrop=dropout,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=None,
        alphabet=alphabet,
    )


def train_lstm(
    args: argparse.Namespace, reading: Reading, config: Mapping[str, int], settings: Settings
) -> None:
    """Train and write a character LSTM; AdamW for all weights."""
    torch.manual_seed(args.seed)
    model = CharLSTM(**config, dropout=settings.dropout).to(args.device)
    spec = spec_of(args.model_id, "char_lstm")

    def show(networks: Mapping[str, nn.Module]) -> str:
        adapter = CharLstm.around(spec, networks["model"], reading.alphabet)
        return write_text(adapter, reading.prompt)

    loop = Loop(
        args,
        {"model": model},
        [_adam(model.parameters(), settings.rate, settings.weight_decay)],
        average=AVERAGE,
        schedule=warm_stable_decay,
        show=show,
    )
    for tokens in _batches(loop, reading, settings.rows):
        with autocast(args.device):
            logits, _ = model(tokens[:, :-1])
        loop.descend(characters.loss_of(logits, tokens))
    averaged = {"model": loop.averaged("model")}
    ship(loop, averaged, {**config, "alphabet": reading.alphabet}, reading.data)


def train_gpt2(
    args: argparse.Namespace, reading: Reading, config: GPT2Config, settings: Settings
) -> None:
    """Train and write a GPT-2: Muon for the matrices of its blocks, AdamW for the rest."""
    torch.manual_seed(args.seed)
    model = GPT2LMHeadModel(config).to(args.device).train()
    spec = spec_of(args.model_id, "gpt2_mini")
    # transformers keeps these matrices in layers of its own, which muon.optimizers does not know.
    matrices = [p for p in model.transformer.h.parameters() if p.ndim == 2]
    others = [p for n, p in model.named_parameters() if not (".h." in n and p.ndim == 2)]

    def show(networks: Mapping[str, nn.Module]) -> str:
        state = networks["model"].state_dict()
        decoder = Gpt2Decoder(state, config.to_dict(), "cpu", "float32")
        return write_text(Gpt2(spec, decoder, Characters(reading.alphabet)), reading.prompt)

    loop = Loop(
        args,
        {"model": model},
        [
            Muon(matrices, settings.rate, weight_decay=settings.weight_decay),
            _adam(others, settings.rate, 0.0),
        ],
        average=AVERAGE,
        schedule=warm_stable_decay,
        show=show,
    )
    for tokens in _batches(loop, reading, settings.rows):
        with autocast(args.device):
            logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
        loop.descend(characters.loss_of(logits, tokens))
    ship(loop, {"model": loop.averaged("model")}, {}, reading.data)


def _batches(loop: Loop, reading: Reading, rows: int) -> Iterable[Tensor]:
    """Windows (B, T + 1) of the text, a batch for every step of the loop."""
    text = characters.encode(reading.text, reading.alphabet)
    for _ in loop:
        drawn = characters.windows(text, rows, WINDOW, loop.generator())
        yield drawn.to(loop.args.device)


def _adam(
    weights: Iterable[nn.Parameter], rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    return torch.optim.AdamW(weights, rate, betas=(0.9, 0.99), weight_decay=weight_decay)


def spec_of(model_id: str, pattern: str) -> ModelSpec:
    """The entry of a model in the catalogue; of one that is not there yet, one like another's."""
    if any(spec.id == model_id for spec in catalog.SPECS):
        return catalog.spec(model_id)
    return replace(catalog.spec(pattern), id=model_id, source=model_id)
