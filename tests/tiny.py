"""Tiny models with random weights, in folders of the same form as the shipped ones.

A builder writes a folder and returns the spec of the model in it.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import checkpoint, worlds
from models.base import ModelSpec
from models.catalog import SPECS
from models.networks.char_lstm import CharLSTM
from models.networks.decoder import Decoder
from models.networks.gan import Critic
from models.networks.vae import Vae

TOKENIZER_FILES = ("vocab.json", "merges.txt")
_SPECS = {spec.id: spec for spec in SPECS}


def char_lstm(
    folder: Path, *, embedding: int = 12, hidden: int = 24, layers: int = 2, seed: int = 0
) -> ModelSpec:
    """A character LSTM."""
    torch.manual_seed(seed)
    vocabulary = len(worlds.ALPHABET)
    network = CharLSTM(vocabulary, embedding, hidden, layers)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.4)  # opinions strong enough to tell tokens apart
    sizes = {"vocabulary": vocabulary, "embedding": embedding, "hidden": hidden, "layers": layers}
    checkpoint.save(folder, {"model": network}, {**sizes, "alphabet": worlds.ALPHABET})
    return replace(_SPECS["char_lstm"], source=str(folder), revision=checkpoint.revision(folder))


def gpt2_mini(
    folder: Path,
    *,
    context: int = 32,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    vocabulary: int = len(worlds.ALPHABET),
    seed: int = 0,
) -> ModelSpec:
    """A GPT-2 over the characters of our alphabet, written by transformers."""
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=context,
        n_embd=width,
        n_layer=layers,
        n_head=heads,
        activation_function="gelu_pytorch_tanh",
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=None,
    )
    GPT2LMHeadModel(config).to(torch.bfloat16).save_pretrained(folder)
    return replace(_SPECS["gpt2_mini"], source=str(folder), revision=checkpoint.revision(folder))


def gpt2(folder: Path) -> ModelSpec:
    """A GPT-2 with the real tokens; skips the test where their files are not at hand."""
    spec = gpt2_mini(folder, vocabulary=50_257)
    for name in TOKENIZER_FILES:
        shutil.copyfile(tokenizer_folder() / name, folder / name)
    return replace(spec, id="gpt2")


def tokenizer_folder() -> Path:
    """Where GPT-2's own vocab.json and merges.txt lie; skips the test where they do not."""
    folder = worlds.data_folder() / "gpt2-tokenizer"
    if not all((folder / name).is_file() for name in TOKENIZER_FILES):
        pytest.skip(f"needs GPT-2's tokenizer in {folder} (PLAYGROUND_DATA)")
    return folder


def gan(folder: Path) -> ModelSpec:
    """A generator and a critic."""
    torch.manual_seed(0)
    config = {"latent": 8, "width": 48, "style": 16, "critic_width": 8}
    networks = {"generator": Decoder(8, 48, 16), "critic": Critic(8)}
    checkpoint.save(folder, networks, config)
    return _written("gan", folder)


def vae(folder: Path) -> ModelSpec:
    """An encoder and a decoder."""
    torch.manual_seed(0)
    config = {"latent": 8, "width": 48, "style": 16}
    checkpoint.save(folder, {"model": Vae(**config)}, config)
    return _written("vae", folder)


def diffusion_mini(folder: Path) -> ModelSpec:
    """A pipeline folder, made of the parts that make the shipped one."""
    from models.train import diffusion_emoji, latent_diffusion, tokenizer

    torch.manual_seed(0)
    tokens = tokenizer.train_tokenizer(
        [c.caption for c in worlds.concepts()], diffusion_emoji.TOKENS
    )
    words = diffusion_emoji.build_text_encoder(tokens)
    parts = latent_diffusion.parts_of(
        latent_diffusion.build_autoencoder((16, 32, 32)),
        words,
        latent_diffusion.build_unet((32, 32), words.config.hidden_size),
        tokens,
    )
    latent_diffusion.save(folder, parts)
    return _written("diffusion_mini", folder)


def _written(model_id: str, folder: Path) -> ModelSpec:
    return replace(_SPECS[model_id], source=str(folder), revision=checkpoint.revision(folder))
