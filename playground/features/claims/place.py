"""Claims: what the articles say, and what comes out when it is measured here."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from models.experiments import results
from models.experiments.running import Laboratory
from playground.core.identity import visitor_of
from playground.core.services import Services
from playground.features.claims import card as claim_card
from playground.gradio_app import wiring
from playground.gradio_app.bind import bind
from playground.web import markup

PLACE = "claims"
RUN, STOP = "Run it here", "Stop"
REDRAW_SECONDS = 0.25
_SCOREBOARD = "playground.features.scoreboard.section"


class ClaimView(NamedTuple):
    """What changes while an experiment is under way, in output order."""

    here: str
    button: str
    announcement: str
    link: str


@dataclass(frozen=True, slots=True)
class Bench:
    """One claim's place in the laboratory; what the handlers of its card are given."""

    laboratory: Laboratory
    claim: str


def run_claim(bench: Bench, request: gr.Request) -> Iterator[ClaimView]:
    """Measure one claim here, or join whoever is measuring it."""
    visitor = visitor_of(request)
    job = bench.laboratory.join(bench.claim, visitor)
    drawn = -REDRAW_SECONDS
    for state in bench.laboratory.follow(job, visitor):
        now = time.monotonic()
        if state.over:
            said = claim_card.announcement(bench.claim, state)
            yield ClaimView(claim_card.here(bench.claim, state), RUN, said, "")
        elif now - drawn >= REDRAW_SECONDS:
            drawn = now
            yield ClaimView(claim_card.here(bench.claim, state), STOP, "", "")


def stop_claim(bench: Bench, button: str, request: gr.Request) -> None:
    """Wait no longer for what this page is measuring, if its button says Stop."""
    if button == STOP:
        bench.laboratory.stop(bench.claim, visitor_of(request))


# Layout


def build_claims(services: Services) -> None:
    """Lay out the place and connect its handlers; call inside a `gr.Tab`."""
    laboratory = Laboratory(services.engine, services.specs)
    found = {claim: results.shipped(claim) for claim in results.ids()}
    front = [claim for claim in results.ids() if results.experiment(claim).CLAIM.front]
    said = wiring.hidden(PLACE)
    wiring.html(
        markup.says(
            "Articles assert; here is what came out when it was measured. Each verdict is "
            "computed from the figures, and each can be measured again on this machine."
        )
    )
    with gr.Row(elem_classes="claims"):
        for claim in front:
            with gr.Column(elem_classes="claim"):
                _build_claim(services, laboratory, claim, found[claim], said)
    wiring.html("<h2>All claims</h2>", f"{PLACE}-all")
    for claim in results.ids():
        if claim not in front:
            title = claim_card.label(claim, found[claim])
            with (
                gr.Accordion(title, open=False, elem_id=f"{PLACE}-open-{claim}"),
                gr.Column(elem_classes="claim"),
            ):
                _build_claim(services, laboratory, claim, found[claim], said)
    wiring.html("<h2>Where an article’s figure is wrong</h2>", f"{PLACE}-wrong")
    with gr.Column(elem_classes="claim"):
        wiring.html(claim_card.corrections(), f"{PLACE}-corrections")
    _build_scoreboard(services)


def _build_claim(
    services: Services,
    laboratory: Laboratory,
    claim: str,
    found: results.Shipped | None,
    said: list[Component],
) -> None:
    wiring.html(claim_card.card(claim, found, services.specs), f"{PLACE}-card-{claim}")
    button = gr.Button(RUN, elem_classes="ghost", elem_id=f"{PLACE}-run-{claim}")
    here = wiring.html("", f"{PLACE}-here-{claim}")
    bench = Bench(laboratory, claim)
    shown = [here, button, *said]
    wiring.on_press(f"claims_run_{claim}", [button.click], bind(run_claim, bench), [], shown)
    wiring.on_stop(f"claims_stop_{claim}", button, bind(stop_claim, bench))


def _build_scoreboard(services: Services) -> None:
    """The scoreboard stands below the claims."""
    if importlib.util.find_spec(_SCOREBOARD) is not None:
        importlib.import_module(_SCOREBOARD).build_scoreboard(services)
