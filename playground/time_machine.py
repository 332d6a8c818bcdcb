"""The time machine: a drawer in which one slider takes all models from noise to finished.

Nothing of it is part of the first page. When the drawer is first opened its cards are asked for,
and with them the browser fetches the sheets of pictures; from then on the slider moves everything
in the browser alone, see `page.js`.
"""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr

from playground import parts, render
from playground.bind import bind
from playground.look import FAMILIES
from playground.serve import sheet_address
from playground.services import Services
from playground.snapshots import Learning, read_all

PLACE = "machine"
TITLE = "Time machine · watch them learn"


class Opened(NamedTuple):
    """What the drawer holds, and that it has been opened, in output order."""

    machine: object
    opened: object


def open_machine(services: Services, opened: str) -> Opened:
    """Fill the drawer when it is opened for the first time."""
    if opened:
        return Opened(gr.skip(), gr.skip())
    learned = sorted(read_all(services.weights, services.specs.values()), key=_rank)
    cards = [render.learner(one, sheet_address(one.spec)) for one in learned]
    return Opened(render.machine(cards, max(len(one.snapshots) for one in learned)), "yes")


def build_time_machine(services: Services) -> None:
    """Lay out the closed drawer, where any model has left snapshots."""
    if not read_all(services.weights, services.specs.values()):
        return
    with gr.Accordion(TITLE, open=False, elem_id="page-machine") as drawer:
        machine = parts.html("", f"{PLACE}-cards")
        opened = gr.Textbox(visible="hidden", label="Opened", elem_id=f"{PLACE}-opened")
    handler = bind(open_machine, services)
    parts.on_change("machine_open", [drawer.expand], handler, [opened], [machine, opened])


def _rank(learning: Learning) -> tuple[int, int]:
    """Texts first, then pictures with each family's two worlds beside each other, names last."""
    spec = learning.spec
    if spec.kind == "text":
        return (2 if spec.world == "emoji" else 0), 0
    return 1, list(FAMILIES).index(spec.family)
