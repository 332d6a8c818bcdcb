"""The options that models share: what a visitor may turn, and how far."""

from __future__ import annotations

from models.base import Control
from models.worlds import COLOURS

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

WRITING = (LENGTH, TEMPERATURE, TOP_K, TOP_P)
