"""Writes the links and the history that the former version would have left; see README.md.

It needs the modules of that version, and runs in a checkout of it alone:

    git worktree add /tmp/former 1c1ab22 && cd /tmp/former
    python …/tests/former/write.py …/tests/former
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

sys.path.insert(0, "")

from playground.history import History
from playground.lesson_blocks import Preset
from playground.link import open_link
from playground.pictures import png_bytes
from playground.services import Services
from playground.tabs import emoji, images, text

from models import catalog
from models.engine import Engine, Waiting
from models.pool import Pool
from models.recipe import Recipe, encode_link, make_recipe
from playground import beat_game, inventions, lessons, pack, real_game, ui

VERSION = "1c1ab22"
VISITOR = "0123456789abcdef" * 2
PROMPTS = {
    ("text", "shakespeare"): "O, ",
    ("text", ""): "Once upon a time",
    ("image", ""): "a kite",
}
PROMPTS |= {
    ("image", "digits"): "a red seven on a black background",
    ("image", "emoji"): "red heart",
}
SHORT = {"length": 24, "steps": 4, "count": 2, "width": 256, "height": 256}
FIELDS = {"prompt", "left", "right", "temperature", "seed", "top_k", "top_p", "length"}
FIELDS |= {"world", "digit", "ink", "paper", "pictures", "guidance", "steps"}


def grey() -> str:
    """A picture as somebody might have drawn it."""
    return base64.b64encode(png_bytes(Image.new("RGB", (32, 32), (120, 130, 140)))).decode()


def asked(spec: Any, task: str, **options: Any) -> Recipe:
    """A recipe of a model with values that are not the ordinary ones."""
    controls = (*spec.controls, *spec.inputs.get(task, ()))
    given = {c.name: SHORT[c.name] for c in controls if c.name in SHORT and task == "generate"}
    prompt = PROMPTS.get((spec.kind, spec.world), "") if "prompt" in spec.can else ""
    if spec.kind == "text" and not prompt and "prompt" in spec.can:
        prompt = "red "
    if any(c.name == "picture" for c in controls):
        options["picture"] = grey()
    return make_recipe(spec, task=task, prompt=prompt, options=given | options, seed=11)


def forms(specs: Any) -> dict[str, list[Recipe]]:
    """What the forms of the page could ask for: every model, and every task it took."""
    makers = {id_: spec for id_, spec in specs.items() if spec.kind != "measure"}
    found = {f"{id_} generate": [asked(spec, "generate")] for id_, spec in makers.items()}
    for id_, spec in specs.items():
        for task in sorted({*spec.can, *spec.inputs} - {"generate", "prompt"}):
            with suppress(ValueError):  # not all that a model can do is a task
                found[f"{id_} {task}"] = [asked(spec, task)]
    sides = {
        "two texts": ("char_lstm", "gpt2_mini"),
        "three pictures": ("gan", "vae", "diffusion_mini"),
    }
    for name, models in sides.items():
        found[name] = [asked(specs[model], "generate") for model in models]
    return found


def presets(specs: Any) -> dict[str, list[Recipe]]:
    """The first two presets of every lesson."""
    found = {}
    for lesson in lessons.library(specs).all():
        blocks = [b for s in lesson.steps for b in (*s.before, *s.after) if isinstance(b, Preset)]
        for number, block in enumerate(blocks[:2]):
            found[f"lesson {lesson.id} {number + 1}"] = list(block.recipes)
    return found


def scenes() -> dict[str, list[Recipe]]:
    """A recorded run of every part and model of the first page."""
    found = {}
    parts = {"clock": pack.clock(), "texts": pack.texts(), "word": pack.word()}
    parts |= {"beat": beat_game.requests()}
    parts |= {"emoji": inventions.requests(), "real": real_game.recorded()}
    for part, requests in parts.items():
        for request in requests.values():
            found.setdefault(f"scene {part} {request['model']}", [pack.recipe_of(request)])
    return found


def opened(services: Any, link: str) -> dict[str, Any]:
    """Where the page of that version led, and what it pressed."""
    request = SimpleNamespace(session_hash="one", query_params={"recipe": link})
    tabs, _, button, *_ = ui.open_page(services, request)
    recipes, _ = open_link(link, services.specs)
    form = {
        "text": values(text.restore_text(services, recipes)),
        "images": values(images.restore_images(services, recipes)),
        "emoji": values(emoji.restore_emoji(services, recipes)),
    }
    return {"place": getattr(tabs, "selected", None) or "", "button": button, "form": form}


def values(form: Any) -> dict[str, Any]:
    """What a form was filled with, without what it says of that."""
    plain = {k: v for k, v in form._asdict().items() if isinstance(v, (str, int, float))}
    return {name: value for name, value in plain.items() if name in FIELDS}


def write_links(folder: Path, services: Any) -> None:
    """All links with what they hold."""
    specs = services.specs
    found = {**forms(specs), **presets(specs), **scenes()}
    links = []
    for name, recipes in found.items():
        link = encode_link(recipes)
        held = [recipe.as_dict() for recipe in recipes]
        links.append({"name": name, "link": link, **opened(services, link), "recipes": held})
    how = "write.py, run in a checkout of that version"
    head = f' "version": "{VERSION}",\n "how": "{how}",\n "links": [\n'
    rows = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in links)
    (folder / "links.json").write_text("{\n" + head + rows + "\n ]\n}\n", encoding="utf-8")


def write_history(folder: Path, services: Any) -> None:
    """A run of every shipped model, carried out and kept as that version did."""
    with tempfile.TemporaryDirectory() as place:
        history = History(Path(place) / "history.sqlite")
        keep = history.keeper(VISITOR)
        for id_, spec in services.specs.items():
            if spec.files or spec.kind == "measure":
                continue
            recipe = asked(spec, "generate")
            run = services.engine.submit(recipe, "visitor")
            steps = [s for s in services.engine.follow(run) if not isinstance(s, Waiting)]
            keep(recipe, steps)
            if id_ == "gan":
                keep(recipe, steps)  # once more
        runs = history.page(VISITOR)
        history.rate(VISITOR, runs[-1].id, 4)
        history.annotate(VISITOR, runs[-1].id, "so it begins")
        history.close()
        with sqlite3.connect(Path(place) / "history.sqlite") as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            dump = "\n".join(db.iterdump())
    head = f"-- Written by version {VERSION} with write.py, run in a checkout of it.\n"
    pragma = f"PRAGMA journal_mode = WAL;\nPRAGMA user_version = {version};\n"
    (folder / "history.sql").write_text(f"{head}{pragma}{dump}\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Both fixtures."""
    specs = catalog.specs()
    pool = Pool(specs)
    engine = Engine(pool)
    services = Services(engine, pool, specs)
    write_links(folder, services)
    write_history(folder, services)
    services.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
