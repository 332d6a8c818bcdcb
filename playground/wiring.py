"""Open the services of a running app, as the operator has set them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from models import catalog, device
from models.base import ModelSpec, Recipe
from models.hub.downloads import Downloads
from models.pool import Pool
from playground.core import limits, logs, prompt_rules
from playground.core.feature import Feature, Refuses, loaded
from playground.core.logs import LoggedEngine
from playground.core.services import Services, client_of
from playground.registry import FEATURES
from playground.server import listening

LARGE = "large"
"""The kind of the models with a billion weights, for a step of which nobody else shall wait."""


def configure() -> None:
    """Set the log up, and check what else the operator has set, before anything is opened.

    Raises:
        ValueError: in a sentence, when a variable has a value that cannot be meant.
    """
    logs.configure()
    listening.check()
    device.wanted_device()


def open_services(features: tuple[Feature, ...] = FEATURES) -> Services:
    """The services over every model on offer, as this host can carry them out.

    Raises:
        ValueError: in a sentence, when the operator has set something that cannot be meant.
    """
    states = open_states(features)
    allowed = limits.read()
    specs = catalog.specs()
    elsewhere: Mapping[str, ModelSpec] = {}
    kinds = {spec.id: LARGE for spec in specs.values() if spec.files and spec.kind == "image"}
    if device.shares_gpu():
        from models import zerogpu  # needs a package that is there on such hosts only

        elsewhere = zerogpu.open_models(specs)
        kinds |= dict.fromkeys(elsewhere, zerogpu.KIND)
    pool = Pool({**specs, **elsewhere})
    refuses = refusal(features, states)
    engine = LoggedEngine(
        pool,
        kinds=kinds,
        max_waiting=allowed.runs,
        max_waiting_per_visitor=allowed.runs_per_visitor,
        step_limit_seconds=allowed.step_seconds,
        step_limits={LARGE: allowed.large_step_seconds},
        cache_bytes=allowed.cache_bytes,
        admit=admission(specs, refuses),
        client_of=client_of(features, states),
    )
    downloads = Downloads(lambda: pool.budget_bytes, refuses)
    return Services(engine, pool, specs, downloads=downloads, features=features, states=states)


def open_states(features: Sequence[Feature]) -> tuple[object, ...]:
    """What features keep as long as the app runs."""
    opened = [opens() for opens in loaded(features, "opens")]
    return tuple(state for state in opened if state is not None)


def refusal(features: Sequence[Feature], states: Sequence[object]) -> Refuses:
    """The rules of all features as one."""
    rules: list[Refuses] = [admits(states) for admits in loaded(features, "admits")]
    return lambda spec: next((said for refuses in rules if (said := refuses(spec))), "")


def admission(specs: Mapping[str, ModelSpec], refuses: Refuses) -> Callable[[Recipe], None]:
    """What the engine asks before it takes a recipe: the operator’s rule, then those above."""
    before = prompt_rules.admission(specs)

    def admit(recipe: Recipe) -> None:
        if before is not None:
            before(recipe)
        if said := refuses(specs.get(recipe.model)):
            raise ValueError(said)

    return admit
