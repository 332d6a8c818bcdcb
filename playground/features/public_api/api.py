"""The public functions: what another program can ask of this page over HTTP."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from models.base import ImageStep, ModelSpec, Recipe, TokenStep
from models.recipe import MAX_PROMPT_CHARACTERS, make_recipe
from playground.core import picture_files, prompt_translation
from playground.core.follow import REDRAW_SECONDS
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.gradio_app.bind import bind
from playground.gradio_app.fields import checked_concept, checked_prompt
from playground.web import emoji_names

LISTED_CANDIDATES = 5
_STATES = {"loading": "not_loaded"}  # to a program, what is still loading is not loaded


def publish(services: Services) -> None:
    """Offer the functions below as the app's API; call inside a `gr.Blocks`."""
    for function in (text_generate, image_generate, models_list):
        gr.api(
            bind(function, services),
            api_name=function.__name__,
            # All of it: by itself Gradio shows what stands before "Args:" alone.
            api_description=" ".join((function.__doc__ or "").split()),
            concurrency_limit=None,
        )


def text_generate(
    services: Services,
    model_id: str,
    request: gr.Request,
    prompt: str = "ROMEO:",
    seed: int = 0,
    length: int = 200,
    temperature: float = 0.8,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Iterator[tuple[str, list[dict[str, Any]] | None, dict[str, Any] | None]]:
    """Let a text model continue a prompt, letter by letter.

    Yields (text, steps, recipe) as the text grows. `text` is the continuation without the prompt;
    `steps` and `recipe` are null until the last.

    Args:
        model_id: a model of kind "text", as `models_list` names it.
        prompt: what it continues; it does not answer. Empty means a new line, after which
            "char_lstm_emoji" invents a name and ends by itself.
        seed: a whole number from 0 to 4294967295; the same seed gives the same text.
        length: how many of the model's own tokens (letters, for the small models), 1 to 1000.
        temperature: 0 always takes the favourite, 1 draws as the model believes, up to 2.
        top_k: draw from this many favourites only; 0 means from all.
        top_p: draw from the favourites that together hold this share; 1 means from all.
    """
    spec = _spec(services, model_id, "text")
    options = {"length": length, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    recipe = make_recipe(spec, prompt=prompt, options=options, seed=seed)
    text, steps, sent = "", [], 0.0
    run = services.engine.submit(recipe, visitor_of(request))
    for event in services.engine.follow(run):
        if isinstance(event, TokenStep):
            text += event.text
            steps.append(_plain_step(event))
        if time.monotonic() - sent >= REDRAW_SECONDS:
            sent = time.monotonic()
            yield text, None, None
    yield text, steps, dict(recipe.as_dict())


def image_generate(
    services: Services,
    model_id: str,
    request: gr.Request,
    prompt: str = "",
    digit: int = 7,
    ink: str = "red",
    paper: str = "black",
    count: int | None = None,
    seed: int = 0,
    steps: int | None = None,
    guidance: float | None = None,
) -> tuple[list[gr.FileData], dict[str, Any]]:
    """Let an image model draw a digit in one colour on another, an emoji, or anything.

    Returns (files, recipe): lossless PNGs of 32×32 pixels, or of 512×512 by a model from the hub,
    each with its recipe in a text chunk. A picture that a model's own safety checker holds back
    is left out.

    Args:
        model_id: a model of kind "image", as `models_list` names it; those that end in "_emoji"
            draw emoji, those from the hub draw anything; both leave out digit, ink and paper.
        prompt: words for the diffusion models. For a digit, empty means the plain caption of the
            concept; all else must be named. The GANs and the VAEs take no words.
        digit: 0 to 9. The GAN and the VAE cannot read and go by digit, ink and paper alone.
        ink: red, orange, yellow, green, blue, purple, white or black.
        paper: the background, another of the same colours.
        count: how many pictures, 1 to 16 (a model from the hub: to 4); without it 4 (1).
        seed: a whole number from 0 to 4294967295; the same seed gives the same pictures.
        steps: how many times diffusion cleans the noise, 1 to 50 ("sd_turbo": to 4); without it
            as many as the model is made for.
        guidance: how hard the words pull on diffusion, 0 to 10; likewise.
    """
    spec = _spec(services, model_id, "image")
    said, labels = _asked(services, spec, prompt, digit, ink, paper)
    given = {**labels, "count": count, "steps": steps, "guidance": guidance}
    own = {control.name for control in spec.controls}
    options = {n: value for n, value in given.items() if n in own and value is not None}
    recipe = make_recipe(spec, prompt=said, options=options, seed=seed)
    run = services.engine.submit(recipe, visitor_of(request))
    *_, last = services.engine.follow(run)
    if not isinstance(last, ImageStep):
        raise TypeError(f"{model_id} drew no picture")
    return _saved(recipe, last), dict(recipe.as_dict())


def models_list(services: Services) -> list[dict[str, Any]]:
    """List every model: id, title, family, kind, parameters, and its state at this moment.

    `state` is ready, not_loaded, not_downloaded or unavailable.
    """
    return [
        {
            "id": spec.id,
            "title": spec.title,
            "family": spec.family,
            "kind": spec.kind,
            "parameters": spec.parameters,
            "state": _STATES.get(state := services.pool.state(spec.id), state),
        }
        for spec in services.specs.values()
    ]


def _spec(services: Services, model_id: str, kind: str) -> ModelSpec:
    spec = services.spec(model_id)
    if spec.kind != kind:
        others = ", ".join(other.id for other in services.of_kind(kind))
        raise ValueError(f"{model_id} is of another kind. Choose one of: {others}.")
    return spec


def _asked(
    services: Services,
    spec: ModelSpec,
    prompt: object,
    digit: object,
    ink: object,
    paper: object,
) -> tuple[str, dict[str, object]]:
    """The words and the labels for one image model; ValueError when what it needs is missing."""
    said = checked_prompt(prompt, MAX_PROMPT_CHARACTERS).strip()
    reads, labels = "prompt" in spec.can, {}
    if spec.world == "digits":
        concept = checked_concept(digit, ink, paper)
        labels = {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
        said = prompt_translation.as_read(said, concept.ink, concept.paper) or concept.caption
    elif spec.world == "emoji":
        said = emoji_names.as_read(services.weights, said)
    if reads and not said:
        raise ValueError("Say in `prompt` what to draw, such as “blue heart”.")
    return said if reads else "", labels


def _plain_step(step: TokenStep) -> dict[str, Any]:
    """A step as JSON, with the first few of its candidates."""
    return {
        "index": step.index,
        "token_id": step.token_id,
        "text": step.text,
        "probability": step.probability,
        "drawn_probability": step.drawn_probability,
        "entropy_bits": step.entropy_bits,
        "rank": step.rank,
        "top": [
            {"token_id": c.token_id, "text": c.text, "probability": c.probability}
            for c in step.top[:LISTED_CANDIDATES]
        ],
        "note": step.note,
        "seconds": step.seconds,
        "batch": step.batch,
    }


def _saved(recipe: Recipe, step: ImageStep) -> list[gr.FileData]:
    """Pictures as files that Gradio serves to whoever got this answer, wherever they are."""
    files = []
    for number, image in enumerate(step.images, start=1):
        if number - 1 in step.held_back:
            continue
        content = picture_files.png_bytes(image, recipe, f"{number} of {len(step.images)}")
        name = picture_files.file_name(recipe, number)
        file = gr.FileData(path=str(_stored(content, name)), orig_name=name, mime_type="image/png")
        files.append(file.model_dump())  # to plain dicts alone Gradio adds the address
    return files


def _stored(content: bytes, name: str) -> Path:
    """A file in the folder of Gradio's from which it serves what it has made.

    Each has a folder named by its content, which is long enough that nobody guesses it.
    """
    folder = Path(os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio")
    path = folder.resolve() / hashlib.sha256(content).hexdigest() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
