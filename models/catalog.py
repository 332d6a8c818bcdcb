"""Every model offered, as data. Adding a model is one adapter and one entry.

Shipped models are entries here, those of the public hub in `hub_catalogue.py`, and an operator may
add others (`extension.py`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from models import checkpoint, datasets, device, extension, hub_catalogue, worlds
from models.base import ModelSpec
from models.options import (
    COUNT,
    DIGIT,
    GUIDANCE,
    GUIDANCE_FROM,
    INK,
    LATENT_SCALE,
    LOOKED_AT,
    PAPER,
    PICTURE,
    PLANE,
    REDRAWN,
    STEPS,
    STRENGTH,
    WALK,
    WALK_BY_LABELS,
    WALK_BY_WORDS,
    WRITING,
    inside,
)

logger = logging.getLogger(__name__)

_MB = 1_000_000

_LABELS = (COUNT, DIGIT, INK, PAPER, LATENT_SCALE)

SPECS = (
    ModelSpec(
        id="char_lstm",
        title="LSTM · reads letter by letter, has read a few plays",
        family="lstm",
        kind="text",
        adapter="models.adapters.char_lstm:CharLstm",
        source="char_lstm",
        revision="",
        licence="MIT",
        paper="Hochreiter & Schmidhuber 1997",
        parameters=3_457_729,
        memory_bytes=40 * _MB,
        can=frozenset({"prompt", "score", "look"}),
        controls=WRITING,
        inputs={"look": inside(layers=2)},
        world="shakespeare",
        alphabet=datasets.ALPHABET,
    ),
    ModelSpec(
        id="gpt2_mini",
        title="GPT · GPT-2's design, 1/38 the size, has read a few plays",
        family="transformer",
        kind="text",
        adapter="models.adapters.gpt2:Gpt2",
        source="gpt2_mini",
        revision="",
        licence="MIT",
        paper="Radford et al. 2019",
        parameters=3_241_728,
        memory_bytes=120 * _MB,
        can=frozenset({"prompt", "score", "look"}),
        controls=WRITING,
        inputs={"look": inside(layers=4, heads=4)},
        world="shakespeare",
        original="gpt2",
        alphabet=datasets.ALPHABET,
    ),
    ModelSpec(
        id="gan",
        title="GAN · a forger trained against a critic",
        family="gan",
        kind="image",
        adapter="models.adapters.gan:Gan",
        source="gan",
        revision="",
        licence="MIT",
        paper="Goodfellow et al. 2014; Miyato & Koyama 2018",
        parameters=2_148_607,
        memory_bytes=40 * _MB,
        can=frozenset({"critic", "look", "walk", "plane"}),
        controls=_LABELS,
        inputs={
            "critic": (PICTURE,),
            "look": (LOOKED_AT,),
            "walk": WALK_BY_LABELS,
            "plane": PLANE,
        },
        world="digits",
    ),
    ModelSpec(
        id="vae",
        title="VAE · squeezes pictures into a code and back",
        family="vae",
        kind="image",
        adapter="models.adapters.vae:Vae",
        source="vae",
        revision="",
        licence="MIT",
        paper="Kingma & Welling 2014",
        parameters=1_665_405,
        memory_bytes=40 * _MB,
        can=frozenset({"look", "walk", "plane"}),
        controls=_LABELS,
        inputs={"look": (LOOKED_AT,), "walk": WALK_BY_LABELS, "plane": PLANE},
        world="digits",
    ),
    ModelSpec(
        id="diffusion_mini",
        title="Diffusion · Stable Diffusion in miniature, follows words",
        family="diffusion",
        kind="image",
        adapter="models.adapters.stable_diffusion:StableDiffusion",
        source="diffusion_mini",
        revision="",
        licence="MIT",
        paper="Rombach et al. 2022",
        parameters=3_201_659,
        memory_bytes=150 * _MB,
        can=frozenset({"prompt", "look", "walk", "redraw"}),
        controls=(COUNT, STEPS, GUIDANCE, GUIDANCE_FROM),
        inputs={"walk": WALK_BY_WORDS, "redraw": (REDRAWN, STRENGTH)},
        world="digits",
        original="stable_diffusion",
    ),
    ModelSpec(
        id="gan_emoji",
        title="GAN · a forger trained against a critic",
        family="gan",
        kind="image",
        adapter="models.adapters.gan:Gan",
        source="gan_emoji",
        revision="",
        licence="MIT",
        paper="Goodfellow et al. 2014",
        parameters=1_381_365,
        memory_bytes=30 * _MB,
        can=frozenset({"walk", "plane"}),
        controls=(COUNT,),
        inputs={"walk": WALK, "plane": PLANE},
        world="emoji",
    ),
    ModelSpec(
        id="vae_emoji",
        title="VAE · squeezes pictures into a code and back",
        family="vae",
        kind="image",
        adapter="models.adapters.vae:Vae",
        source="vae_emoji",
        revision="",
        licence="MIT",
        paper="Kingma & Welling 2014",
        parameters=1_360_611,
        memory_bytes=30 * _MB,
        can=frozenset({"walk", "plane"}),
        controls=(COUNT,),
        inputs={"walk": WALK, "plane": PLANE},
        world="emoji",
    ),
    ModelSpec(
        id="diffusion_emoji",
        title="Diffusion · Stable Diffusion in miniature, draws any name",
        family="diffusion",
        kind="image",
        adapter="models.adapters.stable_diffusion:StableDiffusion",
        source="diffusion_emoji",
        revision="",
        licence="MIT",
        paper="Rombach et al. 2022",
        parameters=6_226_171,
        memory_bytes=150 * _MB,
        can=frozenset({"prompt", "look", "walk"}),
        controls=(COUNT, STEPS, GUIDANCE),
        inputs={"walk": WALK_BY_WORDS},
        world="emoji",
        original="stable_diffusion",
    ),
    ModelSpec(
        id="char_lstm_emoji",
        title="LSTM · invents names, has read 1,237 of emoji",
        family="lstm",
        kind="text",
        adapter="models.adapters.char_lstm:CharLstm",
        source="char_lstm_emoji",
        revision="",
        licence="MIT",
        paper="Hochreiter & Schmidhuber 1997",
        parameters=195_255,
        memory_bytes=10 * _MB,
        can=frozenset({"prompt", "score"}),
        controls=WRITING,
        world="emoji",
        alphabet=datasets.EMOJI_ALPHABET,
    ),
)

TWINS = (
    replace(
        SPECS[0],
        id="char_lstm_int8",
        title="LSTM in int8 · the same weights rounded to a byte each",
        adapter="models.adapters.char_lstm:CharLstmInt8",
        memory_bytes=4 * _MB,
    ),
)
"""Other ways to compute with weights that a model above has brought."""

JUDGES = (
    ModelSpec(
        id="clip_mini",
        title="CLIP · finds the caption nearest to a picture",
        family="contrastive",
        kind="measure",
        adapter="models.adapters.clip:Clip",
        source="clip_mini",
        revision="",
        licence="MIT",
        paper="Radford et al. 2021",
        parameters=920_449,
        memory_bytes=20 * _MB,
        can=frozenset({"look"}),
        inputs={"look": (LOOKED_AT,)},
        world="digits",
    ),
)
"""What makes nothing and only looks at what is there; in no list of models to choose from."""


@cache
def specs() -> Mapping[str, ModelSpec]:
    """All models by id: shipped ones with the hash of the weights that are here, then the hub's.

    What computes with another's weights comes behind them, so that nobody meets it unasked.

    Raises:
        ValueError: when `PLAYGROUND_MODELS` is wrong; it names the entry and the field.
    """
    shipped, twins, judges = (
        {
            spec.id: replace(
                spec, revision=spec.revision or checkpoint.revision(checkpoint.folder(spec.source))
            )
            for spec in group
        }
        for group in (SPECS, TWINS, JUDGES)
    )
    known = {spec.id: spec for spec in hub_catalogue.SPECS}
    taken = shipped | twins | judges
    added = extension.read(os.environ.get(extension.VARIABLE, ""), known, taken)
    offered = {id_: spec for id_, spec in (known | added).items() if _is_offered(spec)}
    own = {id_: spec for id_, spec in offered.items() if id_ not in known}
    return shipped | {id_: offered[id_] for id_ in offered if id_ not in own} | twins | own | judges


def _is_offered(spec: ModelSpec) -> bool:
    """Whether a model of the hub is confirmed and could ever fit into this machine's memory."""
    if not spec.revision:
        return False
    fits = spec.memory_bytes <= device.total_memory_bytes("cpu")
    if not fits:
        logger.info("%s is left out: it takes %.1f GB of memory", spec.id, spec.memory_bytes / 1e9)
    return fits


def spec(model_id: str) -> ModelSpec:
    """One model; ValueError in words if it is not offered."""
    try:
        return specs()[model_id]
    except KeyError:
        raise ValueError(f"There is no model called “{model_id}” here.") from None


def credit(model_id: str) -> str:
    """What must stand beside what a model makes, by the data that it learned from; "" for nothing.

    Models that are not offered need none: they make nothing.
    """
    known = specs().get(model_id)
    return worlds.use_of(known.world, known.kind).credit if known else ""


def of_kind(kind: str) -> tuple[ModelSpec, ...]:
    """The models of one kind, in the order they are offered."""
    return tuple(s for s in specs().values() if s.kind == kind)
