"""Every route of the installed Gradio is known: allowed, or refused for a reason that is named."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from gradio.route_utils import API_PREFIX

from playground import site, stack
from playground.gradio_app.internals import addresses, switch
from playground.gradio_app.internals.addresses import ALLOWED, API, REFUSED
from playground.server.json_body import Refused
from playground.server.request_filter import CLOSED, LONG_SESSION, NO_SUCH, Rule, find_rule

REASONS = {path: why for why, paths in REFUSED.items() for path in paths}


@dataclass(frozen=True)
class Served:
    """The app as it is served, and the rules for it."""

    app: Any
    rules: tuple[Rule, ...]
    client: httpx.Client


@pytest.fixture(scope="module")
def whole(shared_services: Any) -> Iterator[Served]:
    """The whole app over pretended models, as `app.py` serves it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(switch.NAME, raising=False)
        demo = site.build(shared_services)
        settings = stack.settings(shared_services, threading.Event())
        rules = stack.rules(settings["routes"])
        app, address, _ = demo.launch(
            app_kwargs=settings,
            prevent_thread_lock=True,
            quiet=True,
            **site.launch_settings(),
        )
        with httpx.Client(base_url=address, trust_env=False) as client:
            yield Served(app, rules, client)
        demo.close()


def routes(router: Any) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of routers within others too."""
    for route in router.routes:
        inner = getattr(route, "original_router", route)
        if hasattr(inner, "routes"):
            yield from routes(inner)
        else:
            yield from ((method, route.path) for method in sorted(route.methods))


def known(rules: tuple[Rule, ...], method: str, path: str) -> str:
    """What is decided about a route: "allowed", "refused", or "" for nothing."""
    short = path.removesuffix("/") or "/"
    if any(method in rule.methods and short == rule.path for rule in rules):
        return "allowed"
    return "refused" if short in REASONS else ""


def test_every_route_is_allowed_or_refused_by_name(whole: Served, record_property: Any) -> None:
    found = sorted(set(routes(whole.app)))
    decided = {route: known(whole.rules, *route) for route in found}
    unknown = [f"{method} {path}" for (method, path), what in decided.items() if not what]
    assert not unknown, f"a new Gradio? Put these into ALLOWED or REFUSED: {unknown}"
    counts = {what: list(decided.values()).count(what) for what in ("allowed", "refused")}
    record_property("routes", counts)
    assert counts["allowed"] > 60
    assert counts["refused"] > 30


def test_no_rule_is_about_a_route_that_is_gone(whole: Served) -> None:
    paths = {path.removesuffix("/") or "/" for _, path in routes(whole.app)}
    assert {rule.path for rule in ALLOWED} <= paths
    switched_off = {path for path in REASONS if path.startswith((f"{API}/run-history", "/logout"))}
    assert REASONS.keys() - switched_off <= paths


def test_what_is_decided_by_name_is_what_the_filter_does(whole: Served) -> None:
    for method, path in routes(whole.app):
        assert known(whole.rules, method, path) == done(whole.rules, method, example(path))


def done(rules: tuple[Rule, ...], method: str, path: str) -> str:
    """What the filter does with a request."""
    try:
        find_rule(rules, method, path)
    except Refused as refused:
        return "refused" if str(refused) == CLOSED else str(refused)
    return "allowed"


def example(path: str) -> str:
    """A path as somebody would ask for it."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: "7" if part[2] == ":int" else part[1], path)


def test_the_app_answers_as_the_rules_say(whole: Served) -> None:
    for path in (f"{API}/upload", f"{API}/component_server", f"{API}/a-route-of-tomorrow"):
        answer = whole.client.post(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, CLOSED)
    for path in ("/config", f"{API}/info", f"{API}/app_id", "/theme.css", "/robots.txt"):
        assert whole.client.get(path).status_code == 200, path
    for name in ("no_such_function", "7"):
        answer = whole.client.post(f"{API}/call/{name}", json={"data": []})
        assert (answer.status_code, answer.json()["detail"]) == (404, NO_SUCH)


def test_a_session_has_no_long_name(whole: Served) -> None:
    """Gradio keeps what belongs to a session under whatever it is called by."""
    long, body = "x" * 65, {"data": [], "fn_index": 0}
    kept = set(whole.app.state_holder.session_data)
    for path in ("run/predict", "queue/join", "call/models_list", "call/v2/models_list"):
        answer = whole.client.post(f"{API}/{path}", json={**body, "session_hash": long})
        assert (answer.status_code, answer.json()["detail"]) == (422, LONG_SESSION), path
    for path in (f"queue/data?session_hash={long}", f"heartbeat/{long}"):
        answer = whole.client.get(f"{API}/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (422, LONG_SESSION), path
    assert set(whole.app.state_holder.session_data) == kept
    named = {"data": [], "session_hash": "x" * 64}
    short = whole.client.post(f"{API}/call/models_list", json=named)
    assert "event_id" in short.json()


def test_gradio_has_its_routes_where_they_are_named() -> None:
    assert API == API_PREFIX
    assert set(addresses.CACHED) <= {rule.path.partition("{")[0] for rule in ALLOWED}


def test_a_page_is_made_for_the_address_that_these_headers_name(whole: Served) -> None:
    others = {
        "host": "other.example",
        "x-forwarded-host": "outside.example",
        "x-forwarded-proto": "https",
        "x-gradio-server": "http://between.example",
    }
    assert set(others) == set(addresses.ORIGIN)
    before = whole.client.get("/config").json()["root"]
    for name, value in others.items():
        assert whole.client.get("/config", headers={name: value}).json()["root"] != before


def test_switched_off_only_the_naming_of_functions_changes(plain: None) -> None:
    assert addresses.unknown_function() == ()
