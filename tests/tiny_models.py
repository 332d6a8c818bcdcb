"""Tiny models with random weights, in folders of the same form as the shipped ones.

A builder writes a folder and returns the spec of the model in it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import checkpoint, datasets
from models.base import HubFile, ModelSpec
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
    vocabulary = len(datasets.ALPHABET)
    network = CharLSTM(vocabulary, embedding, hidden, layers)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.4)  # opinions strong enough to tell tokens apart
    sizes = {"vocabulary": vocabulary, "embedding": embedding, "hidden": hidden, "layers": layers}
    checkpoint.save(folder, {"model": network}, {**sizes, "alphabet": datasets.ALPHABET})
    return replace(_SPECS["char_lstm"], source=str(folder), revision=checkpoint.revision(folder))


def gpt2_mini(
    folder: Path,
    *,
    context: int = 32,
    width: int = 32,
    layers: int = 2,
    heads: int = 2,
    vocabulary: int = len(datasets.ALPHABET),
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
    return replace(spec, id="gpt2", alphabet="")


def tokenizer_folder() -> Path:
    """Where GPT-2's own vocab.json and merges.txt lie; skips the test where they do not."""
    folder = datasets.data_folder() / "gpt2-tokenizer"
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
        [c.caption for c in datasets.concepts()], diffusion_emoji.TOKENS
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


def stable_diffusion(folder: Path, *, seed: int = 0, latent_px: int = 16) -> ModelSpec:
    """What the hub has of Stable Diffusion 1.5, with its real tokens where they are at hand.

    Its pictures are eight times as wide as its latents.

    `hub.folder` must be replaced by `hub_folder`, as the files come from two repositories.
    """
    # What its own file says, and no more: what a solver makes of the rest is its own affair.
    scheduler = {"_class_name": "PNDMScheduler", "skip_prk_steps": True, "set_alpha_to_one": False}
    _save_pipeline(folder, scheduler, seed, latent_px)
    _save_safety_checker(folder)
    return _hub_spec("stable_diffusion", folder)


def sd_turbo(folder: Path, *, latent_px: int = 16) -> ModelSpec:
    """What the hub has of SD-Turbo: stored in half precision, no guidance, no safety checker."""
    scheduler = {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}
    _save_pipeline(folder, scheduler, 1, latent_px, variant="fp16")
    spec = _hub_spec("sd_turbo", folder)
    return replace(spec, controls=tuple(c for c in spec.controls if c.name != "guidance"))


def hub_folder(spec: ModelSpec, repository: str = "") -> Path:
    """Stands in for `hub.folder`: the repositories of the tiny originals are folders."""
    return Path(repository or spec.source)


def clip_tokenizer(folder: Path) -> Path:
    """CLIP's own tokenizer where its merges are at hand, else one with a few tokens; its folder."""
    merges = datasets.data_folder() / "clip-tokenizer" / "bpe_simple_vocab_16e6.txt.gz"
    folder.mkdir(parents=True)
    if not merges.is_file():
        from models.train import diffusion_emoji, tokenizer

        captions = [c.caption for c in datasets.concepts()]
        tokenizer.train_tokenizer(captions, diffusion_emoji.TOKENS).save_pretrained(folder)
        return folder
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    # As openai/CLIP, simple_tokenizer.py, has it: so many merges, after a line that is none.
    lines = gzip.decompress(merges.read_bytes()).decode().split("\n")[1 : 49_152 - 256 - 2 + 1]
    letters = list(bytes_to_unicode().values())
    joined = ["".join(line.split()) for line in lines]
    start, end = "<|startoftext|>", "<|endoftext|>"
    tokens = [*letters, *(letter + "</w>" for letter in letters), *joined, start, end]
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": start,
        "eos_token": end,
        "unk_token": end,
        "pad_token": end,
    }
    vocabulary = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def _save_pipeline(
    folder: Path,
    scheduler: Mapping[str, object],
    seed: int,
    latent_px: int,
    variant: str | None = None,
) -> None:
    """Tokenizer, text encoder, U-Net, autoencoder, scheduler; the tiny autoencoder beside them."""
    from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(seed)
    main = folder / "main"
    words = CLIPTokenizer.from_pretrained(clip_tokenizer(main / "tokenizer"))
    blocks = (8, 8, 8, 8)
    parts = {
        "text_encoder": CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(words),
                hidden_size=16,
                intermediate_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=77,
                bos_token_id=words.bos_token_id,
                eos_token_id=words.eos_token_id,
                initializer_factor=8.0,  # so that words matter
            )
        ),
        "unet": UNet2DConditionModel(
            sample_size=latent_px,
            block_out_channels=(16, 32),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
            norm_num_groups=8,
        ),
        "vae": AutoencoderKL(
            block_out_channels=blocks,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            norm_num_groups=4,
            latent_channels=4,
        ),
    }
    for name, part in parts.items():
        stored = part.half() if variant else part
        stored.save_pretrained(main / name, variant=variant)
    _name_as_the_hub(main / "text_encoder", "text_model.", "text_model.")
    noise = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    settings = {**noise, "num_train_timesteps": 1000, "steps_offset": 1, **scheduler}
    (main / "scheduler").mkdir()
    (main / "scheduler" / "scheduler_config.json").write_text(json.dumps(settings))
    AutoencoderTiny(
        encoder_block_out_channels=blocks,
        decoder_block_out_channels=blocks,
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    ).save_pretrained(folder / "taesd")


def _save_safety_checker(folder: Path) -> None:
    """A checker that lets everything pass: no cosine reaches its thresholds, which are 2."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPVisionConfig

    vision = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=224,
        patch_size=56,
    )
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(vision_config=vision.to_dict(), projection_dim=8)
    )
    for thresholds in (checker.concept_embeds_weights, checker.special_care_embeds_weights):
        thresholds.data.fill_(2.0)
    checker.save_pretrained(folder / "main" / "safety_checker")
    nested = "vision_model.vision_model."
    _name_as_the_hub(folder / "main" / "safety_checker", nested, "vision_model.", "vision_model.")
    processor = {  # with the names of 2022, and CLIP's own figures
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "size": 224,
        "crop_size": 224,
        **{f"do_{what}": True for what in ("center_crop", "convert_rgb", "normalize", "resize")},
    }
    extractor = folder / "main" / "feature_extractor"
    extractor.mkdir()
    (extractor / "preprocessor_config.json").write_text(json.dumps(processor))


def _name_as_the_hub(part: Path, wanted: str, prefix: str, where: str = "") -> None:
    """Put a prefix before the names of tensors that lack it: newer transformers leave it out."""
    from safetensors.torch import load_file, save_file

    (file,) = part.glob("*.safetensors")
    named = {
        prefix + name if name.startswith(where) and not name.startswith(wanted) else name: tensor
        for name, tensor in load_file(file).items()
    }
    save_file(named, file, metadata={"format": "pt"})


def _hub_spec(model_id: str, folder: Path) -> ModelSpec:
    return replace(
        _SPECS["diffusion_mini"],
        id=model_id,
        source=str(folder / "main"),
        revision="0" * 40,
        files=(*_hub_files(folder / "main"), *_hub_files(folder / "taesd", borrowed=True)),
        world="",
    )


def _hub_files(repository: Path, *, borrowed: bool = False) -> tuple[HubFile, ...]:
    """The files of a folder as the catalogue would list them."""
    return tuple(
        HubFile(
            path=file.relative_to(repository).as_posix(),
            size_bytes=file.stat().st_size,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
            repository=str(repository) if borrowed else "",
            revision="0" * 40 if borrowed else "",
        )
        for file in sorted(repository.rglob("*"))
        if file.is_file()
    )


def _written(model_id: str, folder: Path) -> ModelSpec:
    return replace(_SPECS[model_id], source=str(folder), revision=checkpoint.revision(folder))
