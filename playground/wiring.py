"""Open the services of a running app, as the operator has set them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from models import catalog, device
from models.base import ModelSpec
from models.hub.downloads import Downloads
from models.pool import Pool
from playground.core import limits, prompt_rules
from playground.core.logs import LoggedEngine
from playground.core.services import Services
from playground.features.classroom import membership
from playground.features.classroom.classroom import Classes
from playground.features.classroom.token import open_secret
from playground.features.history.store import open_history
from playground.features.lessons import lesson as lessons

LARGE = "large"
"""The kind of the models with a billion weights, for a step of which nobody else shall wait."""


def open_services() -> Services:
    """The services over every model on offer, as this host can carry them out.

    Raises:
        ValueError: in a sentence, when the operator has set something that cannot be meant.
    """
    lessons.folder()  # says so when it is not there
    allowed, history = limits.read(), open_history()
    classes = Classes(open_secret())
    specs = catalog.specs()
    elsewhere: Mapping[str, ModelSpec] = {}
    kinds = {spec.id: LARGE for spec in specs.values() if spec.files and spec.kind == "image"}
    if device.shares_gpu():
        from models import zerogpu  # needs a package that is there on such hosts only

        elsewhere = zerogpu.open_models(specs)
        kinds |= dict.fromkeys(elsewhere, zerogpu.KIND)
    pool = Pool({**specs, **elsewhere})
    engine = LoggedEngine(
        pool,
        kinds=kinds,
        max_waiting=allowed.runs,
        max_waiting_per_visitor=allowed.runs_per_visitor,
        step_limit_seconds=allowed.step_seconds,
        step_limits={LARGE: allowed.large_step_seconds},
        cache_bytes=allowed.cache_bytes,
        admit=membership.admission(specs, classes, prompt_rules.admission(specs)),
    )
    welcome = partial(membership.refusal, classes)
    downloads = Downloads(lambda: pool.budget_bytes, welcome)
    return Services(engine, pool, specs, downloads=downloads, history=history, classes=classes)
