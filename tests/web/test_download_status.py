"""What is said of models from the hub: what they cost, how they arrive, what a picture takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import device
from models.base import HubFile, ModelSpec
from models.hub.downloads import Status
from models.hub_catalogue import SPECS as ORIGINALS
from playground.core.format import roughly, size
from playground.web import download_status, markup
from tests.fake_catalogue import SPECS
from tests.web.test_markup import Words

HUB: Mapping[str, ModelSpec] = {spec.id: spec for spec in ORIGINALS}
GPT2, TURBO = HUB["gpt2"], HUB["sd_turbo"]
HOSTILE = replace(
    GPT2, title="<b>“&”</b> · <i>big</i>", files=(HubFile("a.json", 10**6, "0" * 64),)
)
MB = 1_000_000


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def services(*here: str, bytes_per_second: float = 0.0, **specs: ModelSpec) -> Any:
    """As much of the services as words need: which models are here, and what was measured."""
    offered = {**SPECS, "gpt2": GPT2, "sd_turbo": TURBO, **specs}

    def state(model: str) -> str:
        return "not_loaded" if model in here or not offered[model].files else "not_downloaded"

    def expected_seconds(spec: ModelSpec) -> float | None:
        size_bytes = sum(file.size_bytes for file in spec.files)
        return size_bytes / bytes_per_second if bytes_per_second else None

    return SimpleNamespace(
        specs=offered,
        pool=SimpleNamespace(state=state),
        downloads=SimpleNamespace(expected_seconds=expected_seconds),
    )


# What a button offers


def test_a_miniature_offers_its_original_with_what_it_costs() -> None:
    offered = download_status.offer(services(), SPECS["gpt2_mini"])
    assert offered == "Swap in the real GPT-2 · 0.6 GB · about 50 s at 10 MB a second"


def test_once_a_download_was_timed_its_rate_is_what_counts() -> None:
    offered = download_status.offer(services(bytes_per_second=1e6), SPECS["gpt2_mini"])
    assert offered == "Swap in the real GPT-2 · 0.6 GB · about 9 min here"


def test_a_model_of_the_hub_offers_itself_until_it_is_here() -> None:
    offered = download_status.offer(services(), TURBO)
    assert offered == "Fetch SD-Turbo · 2.6 GB · about 4 min at 10 MB a second"
    assert download_status.wanted(services("sd_turbo"), TURBO) is None
    assert download_status.offer(services("sd_turbo"), TURBO) == ""


def test_what_is_here_already_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_status, "missing_bytes", lambda spec: 0)
    assert download_status.offer(services("gpt2"), SPECS["gpt2_mini"]) == "Swap in the real GPT-2"


def test_without_an_original_there_is_nothing_to_offer() -> None:
    assert download_status.offer(services(), SPECS["gan"]) == ""
    bare = services()
    del bare.specs["gpt2"]
    assert download_status.offer(bare, SPECS["gpt2_mini"]) == ""


def test_every_miniature_names_an_original_that_is_in_the_catalogue() -> None:
    named = {spec.original for spec in SPECS.values()} - {""}
    assert named == {"gpt2", "stable_diffusion"}
    assert named <= set(HUB)


def test_an_empty_card_says_what_is_missing() -> None:
    words = download_status.missing_words(services(), GPT2)
    assert words == "GPT-2 is not here yet. It is 0.6 GB to fetch."
    assert download_status.missing_words(services("gpt2"), GPT2) == ""
    assert download_status.missing_words(services(), SPECS["gpt2_mini"]) == ""


@pytest.mark.parametrize("state", ["ready", "loading", "not_loaded"])
def test_a_model_is_here_unless_it_must_be_fetched(state: str) -> None:
    there = SimpleNamespace(pool=SimpleNamespace(state=lambda model: state))
    assert download_status.is_here(there, GPT2)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["not_downloaded", "unavailable"])
def test_a_model_is_not_here_before_it_was_fetched(state: str) -> None:
    there = SimpleNamespace(pool=SimpleNamespace(state=lambda model: state))
    assert not download_status.is_here(there, GPT2)  # type: ignore[arg-type]


# What a picture takes


def test_what_a_picture_takes_is_its_work_at_the_measured_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device, "_arithmetic", {})
    assert download_status.picture_seconds(TURBO) is None
    monkeypatch.setattr(device, "_arithmetic", {"measured": 0.5e12})
    assert download_status.picture_seconds(replace(TURBO, teraflops=3.0)) == 6.0
    assert download_status.picture_seconds(replace(TURBO, teraflops=0.0)) is None


# How a model arrives


def words(html: str) -> str:
    """What a reader sees of it."""
    return Words(html).text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status("waiting", 0, 4 * MB), "waits for its download"),
        (Status("checking", 4 * MB, 4 * MB), "being checked"),
        (Status("downloading", 1 * MB, 4 * MB), "arriving, 25 %"),
        (Status("downloading", 0, 0), "arriving, 0 %"),
    ],
)
def test_the_header_says_how_far_it_is(status: Status, said: str) -> None:
    assert download_status.arrival(status).words == said


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status("waiting", 0, 4 * MB), "0 MB of 4 MB"),
        (
            Status("downloading", 1_900_000, 4 * MB, 700_000.0, 3.0),
            "1 MB of 4 MB, 700 kB a second, about 3 s left",
        ),
        (
            Status("downloading", 250 * MB, 548 * MB, 12.7 * MB, 23.5),
            "0.2 GB of 0.6 GB, 12 MB a second, about 20 s left",
        ),
        (
            Status("checking", 4 * MB, 4 * MB, 2 * MB, 0.0),
            "4 MB of 4 MB, 2 MB a second",
        ),
    ],
)
def test_the_stage_says_bytes_rate_and_time(status: Status, said: str) -> None:
    far = download_status.arrival(status)
    assert far.said == said
    assert (far.done_bytes, far.total_bytes) == (status.done_bytes, status.total_bytes)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "about 1 s"),
        (0.4, "about 1 s"),
        (7.6, "about 8 s"),
        (20, "about 20 s"),
        (44, "about 40 s"),
        (119, "about 120 s"),
        (120, "about 2 min"),
        (3540, "about 59 min"),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_can_be(seconds: float, said: str) -> None:
    assert roughly(seconds) == said


def test_the_size_of_a_model_of_the_hub_is_what_is_fetched() -> None:
    assert size(GPT2) == "124 M weights · 550 MB"
    assert size(HUB["gpt2_medium"]).endswith(" M weights · 1.5 GB")
    assert size(SPECS["gpt2_mini"]).endswith(" MB")


def test_everything_is_text_never_markup() -> None:
    bare = services("hostile", hostile=replace(HOSTILE, id="hostile"))
    missing = markup.hint(download_status.missing_words(bare, replace(HOSTILE, id="gpt2")))
    assert Words(missing).tags == ["p"]
