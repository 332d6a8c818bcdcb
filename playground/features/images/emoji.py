"""Emoji: any name in words, three families, the same seed; and an inventor of names."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from models.base import ModelSpec, Recipe
from models.folding import plain
from playground.core.services import Services
from playground.features.break_it import chips
from playground.features.images import draw as drawing
from playground.features.images.draw import MAX_PROMPT_CHARACTERS
from playground.gradio_app import fields, wiring
from playground.gradio_app.bind import bind
from playground.gradio_app.fields import checked_prompt
from playground.gradio_app.run_plan import PlannedRun, plan, plan_run
from playground.web import equal_terms, markup
from playground.web.assets import FEATURES
from playground.web.card_facts import facts
from playground.web.emoji_names import as_read, emoji_names, words_of

PLACE = "emoji"
EXAMPLE = "face with tears of joy"
STARTERS = (
    *("cow", "blue heart", "octopus", "rocket"),
    *("strawberry", "rainbow", "snowman", "sunflower"),
)
"""Names to begin with, as many of them as there are."""
INVENTION = {"temperature": 0.8, "length": 80}
BREAK_FIELDS = ("prompt", "count", "seed", "guidance", "steps")
SEEDS = 10_000  # short enough to be read and typed
WORDLESS = "Takes no words: its seed decides."
NAMING = FEATURES / "images" / "emoji_naming.js"


class EmojiForm(NamedTuple):
    """The visitor's side of the page as a link restores it, in output order."""

    prompt: object
    pictures: object
    seed: object
    guidance: object
    steps: object
    reading: object


class Invention(NamedTuple):
    """An invented name on its way into the prompt, in output order."""

    prompt: object
    invented: object
    reading: object
    naming: object


def draw_emoji(
    services: Services,
    prompt: str,
    count: int,
    seed: int,
    guidance: float,
    steps: int,
) -> dict[str, Any]:
    """What the browser has carried out: diffusion draws a name, the others from the same seed."""
    said = as_read(services.weights, checked_prompt(prompt, MAX_PROMPT_CHARACTERS).strip())
    if not said:
        raise ValueError("Write a name first, or press “Invent a name”.")
    values: dict[str, object] = {"count": count, "guidance": guidance, "steps": steps}
    runs = [_run(services, spec, values, said, seed) for spec in _painters(services)]
    return wiring.anew(plan(runs))


def invent_name(services: Services) -> dict[str, Any]:
    """Ask the inventor for one name, from another seed with every press."""
    spec, seed = _inventor(services), secrets.randbelow(SEEDS)
    return wiring.anew(plan([plan_run("name", spec, INVENTION, "", seed, facts(spec))]))


def take_name(services: Services, name: str) -> Invention:
    """Put an invented name into the prompt, and say whether it exists."""
    checked_prompt(name, MAX_PROMPT_CHARACTERS)
    said = f"{name}: {markup.existence(name in emoji_names(services.weights))}."
    return Invention(name, name, _reading(services, name, name), wiring.anew({"said": said}))


def break_emoji(services: Services, label: str, seed: object) -> chips.Filled:
    """Fill the form with what one of the chips below the results stands for, so that it runs."""
    mended = chips.mended_seed(seed, drawing.EXAMPLE_SEED)
    return chips.fill(PLACE, label, BREAK_FIELDS, mended)


def read_name(services: Services, prompt: str, invented: str) -> str:
    """How each family will take a prompt: words never read are marked, who takes none is named."""
    try:
        return _reading(services, checked_prompt(prompt, MAX_PROMPT_CHARACTERS), invented)
    except ValueError as error:
        return markup.refusal(str(error))


def restore_emoji(services: Services, recipes: Sequence[Recipe]) -> EmojiForm:
    """What the recipes of a link put into the form; leaves it alone if none draws emoji."""
    painters = {spec.id for spec in _painters(services)}
    recipes = [r for r in recipes if r.model in painters]
    if not recipes:
        return EmojiForm(*[gr.skip()] * len(EmojiForm._fields))
    values = fields.restored(_painters(services), recipes)
    prompt = next((r.prompt for r in recipes if r.prompt), EXAMPLE)
    return EmojiForm(
        prompt=prompt,
        pictures=values["count"],
        seed=recipes[0].seed,
        guidance=values["guidance"],
        steps=values["steps"],
        reading=_reading(services, prompt),
    )


def _run(
    services: Services, spec: ModelSpec, values: dict[str, object], prompt: str, seed: object
) -> PlannedRun:
    if "prompt" in spec.can:
        about = drawing.card_facts(spec, brief=_brief(services, prompt), subject=prompt)
    else:
        subject = f"whatever seed {seed} gives"
        about = drawing.card_facts(spec, brief=WORDLESS, subject=subject)
    return plan_run(spec.id, spec, values, prompt, seed, about)


def _brief(services: Services, prompt: str) -> str:
    """What the card says that it draws, and which words of that mean nothing to it."""
    names = emoji_names(services.weights)
    unknown = markup.unknown_words(prompt, words_of(names)) if names else []
    if not unknown:
        return f"Draws “{prompt}”."
    listed = ", ".join(f"“{word}”" for word in unknown)
    return f"Draws “{prompt}”. No name that it has read holds {listed}."


def _blank(spec: ModelSpec) -> drawing.Facts:
    brief = "Draws what you write." if "prompt" in spec.can else WORDLESS
    return drawing.card_facts(spec, brief=brief)


def _reading(services: Services, prompt: str, invented: str = "") -> str:
    names = emoji_names(services.weights)
    said = prompt.strip()
    heard = as_read(services.weights, said)
    taken = markup.named(heard) if heard != plain(said) else ""
    reading = markup.name_reading(heard, names, words_of(names), invented=said == invented != "")
    return taken + reading


def _painters(services: Services) -> tuple[ModelSpec, ...]:
    return services.of_kind("image", "emoji")


def _inventor(services: Services) -> ModelSpec:
    (spec,) = services.of_kind("text", "emoji")
    return spec


# Layout


def build_emoji(services: Services) -> list[Component]:
    """Lay out this half of the place and connect its handlers; call inside a column.

    Returns:
        what an `EmojiForm` fills, in its order.
    """
    names = emoji_names(services.weights)
    starters = [name for name in STARTERS if name in names]
    with gr.Row(elem_classes="ask naming"):
        prompt = _build_prompt()
        if starters:
            wiring.html(markup.suggestions(starters), f"{PLACE}-suggestions")
        invent = gr.Button("Invent a name", elem_classes="ghost", elem_id=f"{PLACE}-invent")
        button = drawing.build_button(PLACE)
    naming = wiring.filled(NAMING, "emoji_naming.mountNaming", None, elem_id=f"{PLACE}-naming")
    reading = wiring.html(_reading(services, EXAMPLE), f"{PLACE}-reading")
    settings = drawing.build_settings(_painters(services), PLACE)
    drawing.build_cards(PLACE, {spec.id: _blank(spec) for spec in _painters(services)})
    if unequal := equal_terms.note(_painters(services)):
        wiring.html(unequal, f"{PLACE}-unequal")
    broken = dict(zip(BREAK_FIELDS, [prompt, *settings], strict=True))
    press = f"{PLACE}-draw"
    chips.build_breaks(PLACE, broken, bind(break_emoji, services), press, ("seed",))
    _connect_drawing(services, [prompt, *settings], button)
    _connect_naming(services, prompt, invent, naming, reading)
    return [prompt, *settings, reading]


def _build_prompt() -> gr.Textbox:
    return gr.Textbox(
        EXAMPLE,
        label="Name an emoji, one that exists or not",
        lines=1,
        max_lines=1,  # an `input`, which can have suggestions
        max_length=MAX_PROMPT_CHARACTERS,
        html_attributes=gr.InputHTMLAttributes(
            autocapitalize="none", autocomplete="off", spellcheck=False, enterkeyhint="go"
        ),
        elem_id=f"{PLACE}-prompt",
    )


def _connect_drawing(services: Services, asked: list[Component], button: gr.Button) -> None:
    pressed, runs = [button.click, asked[0].submit], drawing.build_runs(PLACE)
    wiring.on_runs("emoji_draw", pressed, bind(draw_emoji, services), asked, [runs])


def _connect_naming(
    services: Services, prompt: gr.Textbox, invent: gr.Button, naming: gr.HTML, reading: gr.HTML
) -> None:
    invented = gr.Textbox(visible="hidden", label="Invented", elem_id=f"{PLACE}-invented")
    wiring.on_runs("emoji_invent", [invent.click], bind(invent_name, services), [], [naming])
    wiring.on_end(
        "emoji_invented",
        naming,
        bind(take_name, services),
        [invented],
        [prompt, invented, reading, naming],
        js="() => [playground.modules.emoji_naming.inventedName()]",
    )
    read = bind(read_name, services)
    wiring.on_change("emoji_read", [prompt.change], read, [prompt, invented], [reading])
    wiring.in_browser("emoji_suggest", prompt.change, [prompt], "playground.suggest")
