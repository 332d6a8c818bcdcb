"""Fixtures shared by all tests: the app's services over pretended models, and a visitor."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("PLAYGROUND_HISTORY", "off")  # nothing of ours among the user's own data

import hypothesis
import pytest

from models.device import configure_torch
from models.engine import Engine
from models.pool import Pool
from playground.gradio_app.internals.stubs import leave_out_stubs
from tests import hub_server
from tests.fake_catalogue import SPECS, leave_snapshots, of_hub

leave_out_stubs()  # as `app.py` does, before any test imports Gradio

# How long an example takes says nothing where two files are tested side by side.
hypothesis.settings.register_profile("playground", deadline=None)
hypothesis.settings.load_profile("playground")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers first, as they are collected, then long files, then all others.

    So no worker is left with a long one when the others are done.
    """

    def turn(item: pytest.Item) -> int:
        if item.path.parent.name == "browser":
            return 0
        return 1 if item.get_closest_marker("slow") else 2

    items.sort(key=turn)


@pytest.hookimpl(trylast=True)  # behind pytest's own, which makes every warning an error
def pytest_configure(config: pytest.Config) -> None:
    """Let Gradio leave its event loops to the garbage collector, within tests and after them."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed:ResourceWarning")
    warnings.filterwarnings("ignore", "unclosed", ResourceWarning)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Compute as the app does; two threads would cut products differently for other rows."""
    configure_torch()


@pytest.fixture(scope="module", autouse=True)
def one_thread_for_all() -> None:
    """The same for what the tests of a module share: it is made before any of them begins."""
    configure_torch()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what trainings leave beside the weights; to be read, not written."""
    folder = tmp_path_factory.mktemp("weights")
    leave_snapshots(folder)
    return folder


@contextmanager
def pretended(weights: Path) -> Iterator[Any]:
    """Services as `app.py` builds them, with the real pool and engine over pretended models."""
    from playground.core.services import Services
    from playground.registry import FEATURES

    pool = Pool(SPECS)
    engine = Engine(pool)
    yield Services(engine, pool, SPECS, weights=weights, features=FEATURES)
    engine.close()
    pool.close()


@pytest.fixture
def services(weights: Path) -> Iterator[Any]:
    """Services in which nothing has been asked yet."""
    with pretended(weights) as services:
        yield services


@pytest.fixture(scope="module")
def shared_services(weights: Path) -> Iterator[Any]:
    """Services for all tests of a module that do not mind what others have asked."""
    with pretended(weights) as services:
        yield services


@pytest.fixture
def small_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hub_server.Hub]:
    """A hub on loopback that the library believes to be the real one, and an empty cache."""
    with hub_server.serving() as hub:
        hub_server.take_for_real(hub, tmp_path, monkeypatch)
        yield hub


@pytest.fixture
def hub_services(small_hub: hub_server.Hub, weights: Path) -> Iterator[Any]:
    """The same services with three models on that hub; none of them is here yet."""
    from playground.core.services import Services
    from playground.registry import FEATURES

    specs = {**SPECS, **of_hub(small_hub)}
    pool = Pool(specs)
    engine = Engine(pool)
    services = Services(engine, pool, specs, weights=weights, features=FEATURES)
    yield services
    services.downloads.close()
    engine.close()
    pool.close()


@pytest.fixture
def visitor() -> Any:
    """A request as handlers see it: who asks, and the address of the page."""
    return SimpleNamespace(session_hash="visitor", query_params={})
