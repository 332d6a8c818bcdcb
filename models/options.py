"""The options that models share: what a visitor may turn, and how far."""

from __future__ import annotations

from models.base import Control
from models.datasets import COLOURS
from models.recipe import SEED_LIMIT

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
LOOKED_AT = Control(
    "picture", "Picture", "picture", "", help="A picture to look at; any one, not only a digit."
)
REDRAWN = Control("picture", "Picture", "picture", "", help="A picture to begin from.")
STRENGTH = Control(
    "strength",
    "Strength",
    "float",
    0.6,
    0.1,
    1.0,
    0.05,
    help="How much noise is put over the picture; 1 leaves nothing of it.",
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
GUIDANCE_FROM = Control(
    "guidance_from",
    "Guidance from",
    "float",
    0.3,
    0.0,
    1.0,
    0.05,
    help="From which part of the way on the words pull; before that they only suggest.",
)
LATENT_SCALE = Control(
    "latent_scale",
    "Latent ×",
    "float",
    1.0,
    0.0,
    5.0,
    0.5,
    help="What the random numbers are multiplied by that GAN and VAE begin from; 1 is as they "
    "learned it.",
    unsaid=True,
)
FRAMES = Control(
    "frames", "Frames", "int", 8, 2, 16, 1, help="How many pictures from one end to the other."
)
TO_SEED = Control(
    "to_seed", "To seed", "int", 1, 0, SEED_LIMIT - 1, 1, help="The seed at the other end."
)
TO_PROMPT = Control("to_prompt", "To words", "text", "", high=300, help="What is said at the end.")
TO_DIGIT = Control("to_digit", "To digit", "int", 7, 0, 9, 1, help="The digit at the other end.")
TO_INK = Control("to_ink", "To ink", "choice", "red", choices=COLOURS, help="Its colour there.")
TO_PAPER = Control(
    "to_paper", "To paper", "choice", "black", choices=COLOURS, help="The background there."
)
X = Control("x", "To the right", "float", 0.5, 0.0, 1.0, help="0 is the left edge, 1 the right.")
Y = Control("y", "Down", "float", 0.5, 0.0, 1.0, help="0 is the upper edge, 1 the lower.")

WALK = (FRAMES, TO_SEED)
WALK_BY_LABELS = (*WALK, TO_DIGIT, TO_INK, TO_PAPER)
WALK_BY_WORDS = (*WALK, TO_PROMPT)
PLANE = (X, Y)

WRITING = (LENGTH, TEMPERATURE, TOP_K, TOP_P)


def inside(layers: int, heads: int = 0) -> tuple[Control, ...]:
    """Which part of a text model is looked into, where it has so many of them."""
    layer = Control("layer", "Layer", "int", 0, 0, layers, 1, help="0 is all of them together.")
    head = Control(
        "head", "Head", "int", 0, 0, heads, 1, help="Of one layer; 0 is all of them together."
    )
    return (layer, head) if heads else (layer,)
