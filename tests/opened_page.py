"""Opens the page in a copy of the program to which entries were added, and says what is there.

    python -m tests.opened_page

prints one JSON object; `test_added_entries.py` runs it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from models.datasets import PALETTE
from models.recipe import encode_link, make_recipe
from playground import site, wiring
from playground.core.share_link import place_of_query
from playground.features.classroom import pages as classroom_pages
from playground.features.history import routes as history_routes
from playground.features.lessons import lesson as lessons
from playground.features.lessons import pages as lesson_pages
from playground.features.play import first_page
from playground.features.postcards import picture
from playground.features.postcards import routes as postcards
from playground.features.scoreboard import table_model, view
from playground.features.text import swap_model
from playground.tools import static_site
from playground.web import charts, tokens
from playground.web.card_facts import facts

MADE = ("alphabet", "alphabet_again")
LESSON = """---
title: Of the made up
minutes: 10
level: start
summary: A model that was added.
---

## Look

```preset
model: alphabet
prompt: "abc"
length: 20
seed: 4
```

```teacher
minutes: 10
say: Look.
```
"""


def look(services: Any, folder: Path) -> dict[str, Any]:
    """What stands on the page, in its links, and in all that is made from it."""
    specs = services.specs
    recipes = [make_recipe(specs[id_], prompt="abc", options={"length": 20}) for id_ in MADE]
    link = encode_link(recipes)
    site.build(services)
    request = SimpleNamespace(session_hash="one", query_params={"recipe": link})
    tabs, _, press, *form = site.open_page(services, request)  # type: ignore[arg-type]
    static_site.write_static(folder)
    made = table_model.rows(specs.values(), services.weights, services.pool.state, {})
    lesson = lessons.parse(LESSON, "made_up.md", specs)
    marks = tuple(charts.Mark("", value, family="echo", x=value) for value in (1.0, 2.0))
    line = charts.Line("Alphabet", "echo", marks)
    results = postcards.carry_out(services, recipes)
    return {
        "front": tokens.head(PALETTE) + first_page.page(specs, services.features),
        "static": (folder / "index.html").read_text(encoding="utf-8"),
        "lesson": lesson_pages.lesson_page(lesson, specs).html,
        "chart": charts.lines("Made up", [line], charts.Axis("x"), charts.Axis("y")),
        "card": facts(specs["alphabet"]),
        "scoreboard": view.table(made),
        "plots": view.plots(made),
        "postcard": picture.draw(postcards.face_of(results, 2, "http://page/")).size[0] > 0,
        "writers": [[spec.name, spec.id] for spec in swap_model.writers(services)],
        "restored": [tabs.selected, press, *form[:3]],
        "place": place_of_query(f"recipe={link}", specs, services.features),
        "link": encode_link(recipes[:1]),
        "history": history_routes._link(
            SimpleNamespace(recipe=recipes[0].as_dict()),  # type: ignore[arg-type]
            services,
        ),
        "pairs": len([p for p in classroom_pages.pairs(services) if "Alphabet" in str(p)]),
    }


def main() -> None:
    """Print what is there."""
    services = wiring.open_services()
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = look(services, Path(folder) / "static")
    finally:
        services.close()
    sys.stdout.write(json.dumps(found, default=str) + "\n")


if __name__ == "__main__":
    main()
