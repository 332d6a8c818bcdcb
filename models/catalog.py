"""Every model offered, as data. Adding a model is one adapter and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from models import checkpoint
from models.base import Control, ModelSpec
from models.worlds import COLOURS

_MB = 1_000_000

LENGTH = Control(
    "length", "Length", "int", 200, 1, 1000, 1, help="How many letters or tokens to write."
)
TEMPERATURE = Control(
    "temperature",
    "Temperature",
    "float",
    0.8,
    0.0,
    2.0,
    0.05,
    help="0 always takes the favourite; 1 draws as the model believes; above 1 raves.",
)
TOP_K = Control(
    "top_k", "Top-k", "int", 0, 0, 100, 1, help="Draw from this many favourites only; 0 = from all."
)
TOP_P = Control(
    "top_p",
    "Top-p",
    "float",
    1.0,
    0.05,
    1.0,
    0.05,
    help="Draw from the favourites that together hold this share; 1 = from all.",
)
COUNT = Control("count", "Pictures", "int", 4, 1, 16, 1, help="How many pictures of one seed.")
DIGIT = Control("digit", "Digit", "int", 7, 0, 9, 1, help="Which digit to draw.")
INK = Control("ink", "Ink", "choice", "red", choices=COLOURS, help="The colour of the digit.")
PAPER = Control("paper", "Paper", "choice", "black", choices=COLOURS, help="The background.")
PICTURE = Control(
    "picture", "Picture", "picture", "", help="A picture to judge; without one the model draws it."
)
STEPS = Control(
    "steps",
    "Steps",
    "int",
    20,
    1,
    50,
    1,
    help="How many times the noise is cleaned; fewer is faster.",
)
GUIDANCE = Control(
    "guidance",
    "Guidance",
    "float",
    2.0,
    0.0,
    10.0,
    0.5,
    help="How hard the words pull; 0 ignores them, too much burns the picture.",
)

_TEXT = (LENGTH, TEMPERATURE, TOP_K, TOP_P)
_LABELS = (COUNT, DIGIT, INK, PAPER)

SPECS = (
    ModelSpec(
        id="char_lstm",
        title="LSTM · reads letter by letter, has read one book",
        family="lstm",
        kind="text",
        adapter="models.adapters.char_lstm:CharLstm",
        source="char_lstm",
        revision="",
        licence="MIT",
        paper="Hochreiter & Schmidhuber 1997",
        parameters=3_457_729,
        memory_bytes=40 * _MB,
        can=frozenset({"prompt", "score"}),
        controls=_TEXT,
        world="shakespeare",
    ),
    ModelSpec(
        id="gpt2_mini",
        title="GPT · GPT-2's design, 1/38 the size, has read one book",
        family="transformer",
        kind="text",
        adapter="models.adapters.gpt2:Gpt2",
        source="gpt2_mini",
        revision="",
        licence="MIT",
        paper="Radford et al. 2019",
        parameters=3_241_728,
        memory_bytes=120 * _MB,
        can=frozenset({"prompt", "score"}),
        controls=_TEXT,
        world="shakespeare",
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
        can=frozenset({"critic"}),
        controls=_LABELS,
        inputs=(PICTURE,),
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
        controls=_LABELS,
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
        can=frozenset({"prompt"}),
        controls=(COUNT, STEPS, GUIDANCE),
        world="digits",
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
        controls=(COUNT,),
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
        controls=(COUNT,),
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
        can=frozenset({"prompt"}),
        controls=(COUNT, STEPS, GUIDANCE),
        world="emoji",
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
        controls=_TEXT,
        world="emoji",
    ),
)


@cache
def specs() -> Mapping[str, ModelSpec]:
    """All models by id, shipped ones with the hash of the weights that are here."""
    return {
        spec.id: replace(
            spec, revision=spec.revision or checkpoint.revision(checkpoint.folder(spec.source))
        )
        for spec in SPECS
    }


def spec(model_id: str) -> ModelSpec:
    """One model; ValueError in words if it is not offered."""
    try:
        return specs()[model_id]
    except KeyError:
        raise ValueError(f"There is no model called “{model_id}” here.") from None


def of_kind(kind: str) -> tuple[ModelSpec, ...]:
    """The models of one kind, in the order they are offered."""
    return tuple(s for s in specs().values() if s.kind == kind)
