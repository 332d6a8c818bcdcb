"""Downloads from a hub on loopback that can stall, break and lie."""

from __future__ import annotations

import itertools
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from models import device
from models.base import HubFile, ModelSpec
from models.hub import cache as hub_cache
from models.hub import downloads as hub_downloads
from models.hub import entry as hub_entry
from models.hub import faults as hub_faults
from models.hub import policy as hub_policy
from models.hub import request as hub_request
from models.hub import sentences as hub_sentences
from models.hub import transfer as hub_transfer
from models.hub.downloads import Downloads, Status
from models.hub.sentences import HubError
from tests.fake_adapters import FAKE_TEXT, wait_until
from tests.hub_server import COMMIT, REPOSITORY, Fault, Hub, serving, take_for_real

MB = 1_000_000
WEIGHTS, CONFIG = "unet/model.safetensors", "config.json"
ROOT = Path(__file__).parents[2]
TOKEN = "hf_VerySecretIndeed0123456789"


@pytest.fixture
def server() -> Iterator[Hub]:
    with serving() as server:
        yield server


@pytest.fixture
def cache(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a library that believes the server to be the hub."""
    take_for_real(server, tmp_path, monkeypatch)
    monkeypatch.setattr(hub_transfer, "_BREATH_SECONDS", 0.01)
    return tmp_path / "cache"


@pytest.fixture
def spec(server: Hub, cache: Path) -> ModelSpec:
    """A model of one large and one small file, both on the server."""
    noise = random.Random(5).randbytes
    files = (server.add(WEIGHTS, noise(3 * MB)), server.add(CONFIG, noise(500)))
    return replace(
        FAKE_TEXT, id="real", title="Real · large", source=REPOSITORY, revision=COMMIT, files=files
    )


@pytest.fixture
def downloads(cache: Path) -> Iterator[Downloads]:
    downloads = Downloads()
    yield downloads
    downloads.close()


def bring(downloads: Downloads, spec: ModelSpec, visitor: str = "ann") -> Status:
    """Follow a download to its end; the last word."""
    return list(downloads.follow(spec, visitor))[-1]


def link(cache: Path, path: str) -> Path:
    return cache / f"models--{REPOSITORY.replace('/', '--')}" / "snapshots" / COMMIT / path


def leave_no_trace(cache: Path) -> bool:
    """Whether nothing in the cache has a name by which a model could be loaded."""
    return not [one for one in cache.rglob("*") if "snapshots" in one.parts and not one.is_dir()]


def contents(cache: Path) -> list[str]:
    """The names of all contents, whole and partial."""
    return sorted(one.name for one in cache.glob("*/blobs/*"))


# What arrives


def test_a_download_arrives_where_the_ecosystem_expects_it(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    assert not hub_cache.is_downloaded(spec)
    assert hub_cache.missing_bytes(spec) == 3 * MB + 500
    said = list(downloads.follow(spec, "ann"))
    assert said[-1].finished
    assert not any(one.over for one in said[:-1])
    assert {one.total_bytes for one in said} == {3 * MB + 500}
    assert said[-1].done_bytes == 3 * MB + 500
    assert hub_cache.is_downloaded(spec)
    assert hub_cache.missing_bytes(spec) == 0
    assert hub_cache.folder(spec) == link(cache, CONFIG).parent
    assert link(cache, WEIGHTS).read_bytes() == server.contents[WEIGHTS]
    hub_cache.verify(spec)


def test_the_library_itself_finds_what_was_downloaded_and_nothing_is_asked_again(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    assert bring(downloads, spec).finished
    before = len(server.asked)
    for path in (WEIGHTS, CONFIG):
        assert try_to_load_from_cache(REPOSITORY, path, revision=COMMIT) == str(link(cache, path))
        assert hf_hub_download(REPOSITORY, path, revision=COMMIT) == str(link(cache, path))
    assert bring(downloads, spec).finished
    assert len(server.asked) == before


def test_a_cache_filled_by_the_library_works_without_a_network(
    server: Hub, cache: Path, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import hf_hub_download

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    for file in spec.files:
        hf_hub_download(REPOSITORY, file.path, revision=COMMIT)
    server.status = 503
    before = len(server.asked)
    assert hub_cache.is_downloaded(spec)
    assert hub_policy.refusal(spec, 10 * MB) == ""
    hub_cache.verify(spec)
    assert len(server.asked) == before


def test_only_the_files_of_the_catalogue_are_asked_for_at_the_pinned_commit(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.add("pytorch_model.bin", b"never")
    server.add("README.md", b"not wanted")
    assert bring(downloads, spec).finished
    hub_paths = {one.path for one in server.asked if not one.elsewhere}
    assert hub_paths == {f"/{REPOSITORY}/resolve/{COMMIT}/{path}" for path in (WEIGHTS, CONFIG)}


def test_a_file_may_come_from_another_repository(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    borrowed = replace(spec.files[0], repository=REPOSITORY, revision=COMMIT)
    other = replace(spec, source="authors/other", revision="f" * 40, files=(borrowed,))
    assert bring(downloads, other).finished
    assert hub_cache.folder(other, REPOSITORY) == link(cache, CONFIG).parent
    with pytest.raises(ValueError, match="no files from authors/other"):
        hub_cache.folder(other)


def test_what_another_version_has_already_is_not_fetched_again(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    assert bring(downloads, spec).finished
    shutil.rmtree(link(cache, CONFIG).parent)
    server.asked.clear()
    assert hub_cache.missing_bytes(spec) == 500
    assert bring(downloads, spec).finished
    assert server.gets(WEIGHTS) == []
    hub_cache.verify(spec)


def test_where_there_are_no_links_the_files_themselves_take_the_names(
    cache: Path, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_SYMLINKS", True)
    assert bring(downloads, spec).finished
    assert not link(cache, WEIGHTS).is_symlink()
    hub_cache.verify(spec)


# Stop, and broken connections


def stop_in_the_middle(server: Hub, downloads: Downloads, spec: ModelSpec, after: int) -> Status:
    """Follow until the server has sent so much, then close; what was said last."""
    server.faults[WEIGHTS] = Fault("stall", after)
    following = downloads.follow(spec, "ann")
    status = next(one for one in following if one.done_bytes >= after)
    following.close()  # type: ignore[attr-defined]
    server.release.set()
    wait_until(lambda: not any(job.visitors for job in downloads._jobs.values()))
    wait_until(lambda: not downloads._jobs)
    return status


def test_a_stop_in_the_middle_is_resumed_where_it_was(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    status = stop_in_the_middle(server, downloads, spec, 2 * MB)
    assert (status.phase, status.done_bytes) == ("downloading", 2 * MB)
    assert downloads.status("real") is None
    assert not hub_cache.is_downloaded(spec)
    assert leave_no_trace(cache)
    assert hub_cache.missing_bytes(spec) == 1 * MB + 500
    server.sent_bytes = 0
    said = list(downloads.follow(spec, "ann"))
    assert said[0].done_bytes >= 2 * MB
    assert said[-1].finished
    assert server.ranges(WEIGHTS) == ["", f"bytes={2 * MB}-"]
    assert server.sent_bytes == 1 * MB + 500
    hub_cache.verify(spec)


def test_a_partial_file_with_wrong_content_is_thrown_away_not_used(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    stop_in_the_middle(server, downloads, spec, 2 * MB)
    partial = next(cache.glob("*/blobs/*.incomplete"))
    partial.write_bytes(bytes(2 * MB))
    failed = bring(downloads, spec)
    assert "is not the file that its authors published" in failed.error
    assert leave_no_trace(cache)
    assert contents(cache) == []
    assert bring(downloads, spec).finished
    hub_cache.verify(spec)


def test_a_partial_file_that_is_too_long_is_begun_anew(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    stop_in_the_middle(server, downloads, spec, 2 * MB)
    next(cache.glob("*/blobs/*.incomplete")).write_bytes(bytes(4 * MB))
    assert hub_cache.missing_bytes(spec) == 3 * MB + 500
    assert bring(downloads, spec).finished
    assert server.ranges(WEIGHTS) == ["", ""]


def test_a_broken_connection_is_taken_up_again_by_itself(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("break", 1 * MB)
    assert bring(downloads, spec).finished
    assert server.ranges(WEIGHTS) == ["", f"bytes={1 * MB}-"]
    hub_cache.verify(spec)


def test_a_hub_that_always_breaks_is_given_up_and_the_next_try_works(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("break", 0, always=True)
    failed = bring(downloads, spec)
    assert "The connection to the hub broke" in failed.error
    assert "shipped models go on" in failed.error
    assert downloads.status("real") == failed
    assert len(server.gets(WEIGHTS)) == 1  # it brought nothing, so asking on is of no use
    assert leave_no_trace(cache)
    del server.faults[WEIGHTS]
    assert bring(downloads, spec).finished
    hub_cache.verify(spec)


def test_a_hub_that_breaks_again_and_again_is_asked_a_few_times(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("break", 10_000, always=True)
    assert "The connection to the hub broke" in bring(downloads, spec).error
    assert server.ranges(WEIGHTS) == ["", *(f"bytes={i}0000-" for i in range(1, 6))]


def test_a_server_that_ignores_where_to_go_on_is_taken_from_the_start(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    stop_in_the_middle(server, downloads, spec, 2 * MB)
    server.faults[WEIGHTS] = Fault("whole")
    said = list(downloads.follow(spec, "ann"))
    assert said[-1].finished
    assert max(one.done_bytes for one in said) == 3 * MB + 500
    hub_cache.verify(spec)


def test_a_stalled_connection_ends_with_a_sentence_and_is_resumed_next_time(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_transfer, "_STALL_SECONDS", 0.5)
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    started = time.monotonic()
    failed = bring(downloads, spec)
    assert time.monotonic() - started < 3
    assert "The hub stopped sending Real." in failed.error
    assert bring(downloads, spec).finished
    assert server.ranges(WEIGHTS) == ["", f"bytes={1 * MB}-"]


def test_a_follower_hears_something_every_quarter_second_even_in_a_stall(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    following = downloads.follow(spec, "ann")
    pauses = []
    for _ in range(7):
        started = time.monotonic()
        next(following)
        pauses.append(time.monotonic() - started)
    assert sorted(pauses)[3] < 0.25  # the middle one, on a machine that has other work
    following.close()  # type: ignore[attr-defined]


# Lies


@pytest.mark.parametrize("path", [WEIGHTS, CONFIG])
def test_wrong_content_of_the_right_size_never_enters_the_cache(
    path: str, server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[path] = Fault("lie")
    failed = bring(downloads, spec)
    assert f"“{path}” of Real is not the file that its authors published" in failed.error
    assert not link(cache, path).exists()
    assert not list(cache.glob("*/blobs/*.incomplete"))
    assert not hub_cache.is_downloaded(spec)
    assert bring(downloads, spec).finished
    hub_cache.verify(spec)


@pytest.mark.parametrize("kind", ["longer", "shorter", "unsaid"])
@pytest.mark.parametrize("path", [WEIGHTS, CONFIG])
def test_another_size_is_refused(
    path: str, kind: str, server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[path] = Fault(kind)
    assert "size or version is another" in bring(downloads, spec).error
    assert not link(cache, path).exists()
    assert bring(downloads, spec).finished


def test_what_the_hub_announces_is_compared_before_a_byte_is_fetched(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.contents[WEIGHTS] += b"!"
    assert "size or version is another" in bring(downloads, spec).error
    server.contents[WEIGHTS] = server.contents[WEIGHTS][:-1]
    server.commit = "f" * 40
    assert "size or version is another" in bring(downloads, spec).error
    assert server.gets() == []


def test_a_file_that_was_changed_in_the_cache_is_refused_and_comes_anew(
    server: Hub, cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    assert bring(downloads, spec).finished
    content = bytearray(server.contents[WEIGHTS])
    content[100] ^= 1
    link(cache, WEIGHTS).resolve().write_bytes(content)
    assert hub_cache.is_downloaded(spec)  # which does not read it
    with pytest.raises(HubError, match=r"was not the file .* It was removed; download Real again"):
        hub_cache.verify(spec)
    assert not hub_cache.is_downloaded(spec)
    assert not link(cache, WEIGHTS).is_symlink()
    assert bring(downloads, spec).finished
    hub_cache.verify(spec)


def test_a_file_of_the_wrong_size_in_the_cache_counts_as_missing_and_comes_anew(
    cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    link(cache, CONFIG).parent.mkdir(parents=True)
    link(cache, CONFIG).write_bytes(b"{}")
    assert hub_cache.missing_bytes(spec) == 3 * MB + 500
    assert bring(downloads, spec).finished
    hub_cache.verify(spec)


def test_a_wrong_link_out_of_the_cache_is_removed_but_not_what_it_leads_to(
    cache: Path, spec: ModelSpec, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "mine.json"
    elsewhere.write_bytes(bytes(500))
    small = replace(spec, files=spec.files[1:])
    link(cache, CONFIG).parent.mkdir(parents=True)
    link(cache, CONFIG).symlink_to(elsewhere)
    with pytest.raises(HubError):
        hub_cache.verify(small)
    assert not link(cache, CONFIG).is_symlink()
    assert elsewhere.exists()


def test_a_file_is_read_for_its_hash_once_and_again_only_when_it_changed(
    cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    blocks: list[int] = []
    assert bring(downloads, spec).finished
    hub_cache.verify(spec, lambda: blocks.append(1))
    assert blocks == []  # the download has read it
    os.utime(link(cache, WEIGHTS), ns=(1, 1))
    hub_cache.verify(spec, lambda: blocks.append(1))
    assert len(blocks) == 3


def test_verify_says_that_a_model_is_not_here(spec: ModelSpec) -> None:
    with pytest.raises(HubError, match=r"Real is not downloaded yet\. .*\(4 MB\)"):
        hub_cache.verify(spec)


# What is said before anything is fetched


def test_too_little_disk_is_said_before_any_request(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = hub_policy._RESERVE_BYTES + 2 * MB
    monkeypatch.setattr(hub_policy.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    failed = bring(downloads, spec)
    assert failed.error.startswith("Real needs 4 MB of disk; there are 2 MB to spare")
    assert server.asked == []
    monkeypatch.undo()


@pytest.mark.parametrize("token", ["“hf_abc”", "hf_abc’", "hf a b"])
def test_a_token_that_is_none_is_named_as_what_is_wrong(
    token: str, server: Hub, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    said = hub_policy.refusal(spec)
    assert said.startswith("The hub’s token (HF_TOKEN, or what a login has left) holds “")
    assert "hf" not in said
    assert server.asked == []
    monkeypatch.setenv("HF_TOKEN", "hf_abcDEF012")
    assert hub_policy.refusal(spec) == ""


def test_what_has_arrived_already_needs_no_disk(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_in_the_middle(server, downloads, spec, 2 * MB)
    free = hub_policy._RESERVE_BYTES + 2 * MB
    monkeypatch.setattr(hub_policy.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert hub_policy.refusal(spec) == ""


def test_too_little_memory_is_said_before_any_request(server: Hub, spec: ModelSpec) -> None:
    large = replace(spec, memory_bytes=1600 * MB)
    downloads = Downloads(budget_bytes=lambda: 1150 * MB)
    failed = bring(downloads, large)
    assert failed.error.startswith(
        "Real needs 1.6 GB of memory; this machine has 1.1 GB for models."
    )
    assert server.asked == []
    downloads.close()


def test_without_a_known_budget_what_is_free_on_the_device_counts(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "available_memory_bytes", lambda _: 1000 * MB)
    assert hub_policy.refusal(replace(spec, memory_bytes=500 * MB)) == ""
    assert "this machine has 0.6 GB" in hub_policy.refusal(replace(spec, memory_bytes=700 * MB))


def test_in_bfloat16_half_the_memory_is_enough(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "place", lambda _: device.Placement("cpu", "bfloat16"))
    large = replace(spec, memory_bytes=1600 * MB, parameters=400 * MB)
    assert hub_policy.refusal(large, 800 * MB) == ""
    assert hub_policy.refusal(
        replace(large, parameters=1200 * MB), 800 * MB
    )  # int8: no smaller in bf16


def test_the_operator_can_switch_downloads_off(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_DOWNLOADS", "0")
    assert "has switched downloads off" in bring(downloads, spec).error
    assert server.asked == []
    monkeypatch.delenv("PLAYGROUND_DOWNLOADS")
    assert bring(downloads, spec).finished
    monkeypatch.setenv("PLAYGROUND_DOWNLOADS", "0")
    assert hub_policy.refusal(spec) == ""  # it is here


@pytest.mark.parametrize("revision", ["", "main", "v1.0", COMMIT[:12]])
def test_without_a_confirmed_commit_nothing_is_fetched(
    revision: str, server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    failed = bring(downloads, replace(spec, revision=revision))
    assert "could not be confirmed" in failed.error
    assert server.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "pytorch_model.bin",
        "model.py",
        "model.ckpt",
        "safetensors",
        "../config.json",
        "unet/../../config.json",
        "/etc/config.json",
        "unet//config.json",
        "unet\\config.json",
        "C:/config.json",
        "",
    ],
)
def test_other_kinds_of_files_and_other_places_are_refused(
    path: str, server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    odd = replace(spec, files=(replace(spec.files[1], path=path),))
    assert "not a kind of file that is ever downloaded" in bring(downloads, odd).error
    with pytest.raises(HubError):
        hub_cache.verify(odd)
    assert server.asked == []


@pytest.mark.parametrize("change", [{"repository": "../x", "revision": COMMIT}, {"sha256": "ab"}])
def test_an_incomplete_entry_is_refused(change: dict[str, str], spec: ModelSpec) -> None:
    odd = replace(spec, files=(replace(spec.files[1], **change),))
    assert "is not complete" in hub_policy.refusal(odd)


def test_shipped_models_need_no_hub() -> None:
    assert hub_cache.is_downloaded(FAKE_TEXT)
    assert hub_policy.refusal(FAKE_TEXT) == ""
    hub_cache.verify(FAKE_TEXT)


# Offline, and refusals


def test_offline_mode_is_said_at_once(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    started = time.monotonic()
    assert "set to work offline" in bring(downloads, spec).error
    assert time.monotonic() - started < 0.5
    assert server.asked == []


def believe(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)


def test_a_dead_port_is_said_within_moments(
    cache: Path, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        believe(monkeypatch, f"http://127.0.0.1:{taken.getsockname()[1]}")
        started = time.monotonic()
        failed = bring(downloads, spec)
        assert time.monotonic() - started < 3
    assert failed.error == (
        "The hub did not answer. The shipped models go on; try again when the network is back."
    )
    assert leave_no_trace(cache)


def test_a_hub_that_never_answers_is_given_up_within_seconds(
    spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()  # connections are taken, and nothing is ever said
        believe(monkeypatch, f"http://127.0.0.1:{mute.getsockname()[1]}")
        started = time.monotonic()
        assert "did not answer" in bring(downloads, spec).error
        assert time.monotonic() - started < 4.5


def test_a_name_that_nobody_resolves_is_given_up_within_seconds(
    spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, over = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> None:
        asked.set()
        over.wait(60)  # as a resolver without a network does, which no time-out of HTTP ends
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(hub_transfer, "_ANSWER_SECONDS", 1.0)
    started = time.monotonic()
    assert "did not answer" in bring(downloads, spec).error
    assert time.monotonic() - started < 30
    assert asked.is_set()
    over.set()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "only to those who have its permission"),
        (403, "only to those who have its permission"),
        (404, "any more"),
        (429, "asks for patience"),
        (503, "its answer was 503"),
    ],
)
def test_every_refusal_of_the_hub_is_a_sentence(
    status: int, words: str, server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.status = status
    started = time.monotonic()
    failed = bring(downloads, spec)
    assert words in failed.error
    assert "shipped models go on" in failed.error
    assert time.monotonic() - started < 3
    server.status = 0
    assert bring(downloads, spec).finished


def test_a_cache_that_cannot_be_written_is_said(
    cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    cache.write_text("a file where the folder should be")
    assert "cannot be written to" in bring(downloads, spec).error


def test_a_full_disk_ends_with_a_sentence_and_gives_the_space_back(
    server: Hub,
    cache: Path,
    spec: ModelSpec,
    downloads: Downloads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = hub_transfer._stream

    def fill(wish: hub_request.FileRequest, offset: int) -> None:
        stream(wish, offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub_transfer, "_stream", fill)
    assert "The disk is full" in bring(downloads, spec).error
    assert contents(cache) == []


def test_a_file_that_another_program_is_fetching_is_left_to_it(
    cache: Path, spec: ModelSpec, downloads: Downloads
) -> None:
    from filelock import FileLock

    lock = cache / ".locks" / f"models--{REPOSITORY.replace('/', '--')}"
    lock.mkdir(parents=True)
    with FileLock(lock / f"{spec.files[0].sha256}.lock"):
        assert "Another program is downloading Real" in bring(downloads, spec).error
    assert bring(downloads, spec).finished


# The token


def test_the_token_is_sent_to_the_hub_alone_and_opens_gated_files(
    server: Hub, spec: ModelSpec, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = TOKEN
    assert "set HF_TOKEN" in bring(downloads, spec).error
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert bring(downloads, spec).finished
    assert {one.authorization for one in server.asked if one.elsewhere} == {""}
    assert f"Bearer {TOKEN}" in {one.authorization for one in server.asked}


def test_the_token_is_never_shown(
    server: Hub,
    spec: ModelSpec,
    downloads: Downloads,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "models")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    server.token, server.echo = "another", True  # so it is refused, and quoted
    failed = bring(downloads, spec)
    server.echo, server.token = False, ""
    monkeypatch.setattr(hub_transfer, "_stream", lambda *_: 1 / int(f"no number {TOKEN}"))
    broken = bring(downloads, spec)
    monkeypatch.setattr(hub_transfer, "_receive", lambda _: int(TOKEN))  # not foreseen
    odd = bring(downloads, spec)
    assert odd.error.startswith("Real could not be downloaded")
    for one in (failed, broken, odd):
        assert one.error
        assert TOKEN not in repr(one)
    assert "***" in caplog.text
    assert TOKEN not in caplog.text


def test_a_failure_carries_nothing_of_the_request_along(server: Hub, spec: ModelSpec) -> None:
    server.status = 401
    wish = hub_request.FileRequest("Real", spec.files[0], lambda _: None, lambda _: None)
    wish = replace(wish, file=hub_entry.pinned(spec)[0])
    with pytest.raises(HubError) as caught:
        hub_transfer.fetch(wish)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_secrets_are_taken_out_of_texts() -> None:
    text = "Bearer abc.def-1 at https://cdn.example/x?Signature=s3cret&Policy=p and hf_Abcdef"
    assert hub_faults.scrub(text) == "Bearer *** at https://cdn.example/x?*** and hf_***"


def test_endpoint_token_and_home_are_those_of_the_environment(
    server: Hub, spec: ModelSpec, tmp_path: Path
) -> None:
    server.token = TOKEN
    script = (
        "import sys; from tests.models.test_hub import environment_download; environment_download()"
    )
    environment = {
        **os.environ,
        "HF_HOME": str(tmp_path / "home"),
        "HF_ENDPOINT": server.address,
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PLAYGROUND_DEVICE": "cpu",
        "FILES": repr([(one.path, one.size_bytes, one.sha256) for one in spec.files]),
    }
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "PLAYGROUND_DOWNLOADS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"finished {tmp_path / 'home' / 'hub'}\n", done.stderr
    assert TOKEN not in done.stdout + done.stderr


def environment_download() -> None:
    """What the test above runs in a process of its own, with the environment alone."""
    import ast

    before = {"torch", "gradio", "huggingface_hub"} & set(sys.modules)
    files = tuple(HubFile(*row) for row in ast.literal_eval(os.environ["FILES"]))
    spec = replace(FAKE_TEXT, source=REPOSITORY, revision=COMMIT, files=files)
    status = bring(Downloads(), spec)
    word = "finished" if status.finished and hub_cache.is_downloaded(spec) else status.error
    sys.stdout.write(f"{word} {hub_cache.folder(spec).parents[2]}\n")
    assert not before & {"gradio"}


def test_importing_the_module_brings_no_heavy_library() -> None:
    script = (
        "import sys, models.hub.downloads;"
        "print({'torch','gradio','huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


# Several visitors, several models


def test_one_visitors_stop_does_not_stop_the_other(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    ann, bob = downloads.follow(spec, "ann"), downloads.follow(spec, "bob")
    wait_for(ann, lambda one: one.done_bytes >= 1 * MB)
    wait_for(bob, lambda one: one.done_bytes >= 1 * MB)
    downloads.leave("real", "ann")
    assert not [one for one in ann if one.over]
    server.release.set()
    assert list(bob)[-1].finished
    assert server.ranges(WEIGHTS) == ["", f"bytes={1 * MB}-"]
    downloads.leave("real", "ann")  # too late, and harmless
    assert downloads.status("real") is not None


def wait_for(following: Iterator[Status], seen: Callable[[Status], bool]) -> Status:
    return next(one for one in following if seen(one))


def test_who_stops_and_wants_it_again_at_once_goes_on(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    wait_for(downloads.follow(spec, "ann"), lambda one: one.done_bytes >= 1 * MB)
    downloads.leave("real", "ann")
    assert downloads.status("real") is None
    following = downloads.follow(spec, "ann")
    assert next(following).done_bytes >= 1 * MB
    server.release.set()
    assert list(following)[-1].finished


def test_models_come_one_after_the_other_and_a_waiting_one_can_be_left(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    other = replace(spec, id="other", files=(server.add("other.json", b"{}"),))
    third = replace(spec, id="third", files=(server.add("third.json", b"[]"),))
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    first = downloads.follow(spec, "ann")
    wait_for(first, lambda one: one.done_bytes >= 1 * MB)
    assert downloads.start(other, "bob").phase == "waiting"
    assert downloads.start(third, "bob").phase == "waiting"
    downloads.leave("third", "bob")
    assert downloads.status("third") is None
    assert server.gets("other.json") == []
    server.release.set()
    assert list(first)[-1].finished
    assert bring(downloads, other, "bob").finished
    assert server.gets("third.json") == []


def test_the_rate_is_measured_and_tells_what_to_expect(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    assert downloads.expected_seconds(spec) is None
    server.bytes_per_second = 3 * MB
    said = list(downloads.follow(spec, "ann"))
    rates = [one.bytes_per_second for one in said if one.done_bytes > 1 * MB and not one.over]
    assert rates
    assert all(1 * MB < rate < 4 * MB for rate in rates), rates
    last = [one for one in said if one.bytes_per_second and not one.over][-1]
    assert last.seconds_left == pytest.approx(
        (last.total_bytes - last.done_bytes) / last.bytes_per_second
    )
    assert downloads.expected_seconds(spec) == 0.0
    elsewhere = replace(spec, revision="e" * 40, files=(replace(spec.files[0], sha256="0" * 64),))
    assert downloads.expected_seconds(elsewhere) == pytest.approx(1.0, rel=0.5)


def test_the_rate_counts_from_the_request_on_and_silence_too() -> None:
    meter = hub_downloads._Meter()
    assert meter.rate(10.0) == 0.0
    meter.add(0, 10.0)
    meter.add(4 * MB, 12.0)
    assert meter.rate(12.0) == 2 * MB
    assert meter.rate(14.0) == 1 * MB
    assert meter.average(14.0) == 1 * MB
    for second in range(13, 30):
        meter.add(1 * MB, float(second))
    assert meter.rate(29.0) == pytest.approx(1 * MB, rel=0.25)  # of the last seconds alone


def test_resumed_bytes_count_as_there_but_not_as_fast(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    stop_in_the_middle(server, downloads, spec, 2 * MB)
    server.bytes_per_second = 2 * MB
    said = list(downloads.follow(spec, "ann"))
    assert min(one.done_bytes for one in said) == 2 * MB
    assert max(one.done_bytes for one in said) == 3 * MB + 500
    assert max(one.bytes_per_second for one in said) < 3 * MB


def test_close_ends_what_is_under_way_and_refuses_the_rest(server: Hub, spec: ModelSpec) -> None:
    downloads = Downloads()
    other = replace(spec, id="other", files=spec.files[1:])
    server.faults[WEIGHTS] = Fault("stall", 1 * MB)
    following = downloads.follow(spec, "ann")
    wait_for(following, lambda one: one.done_bytes >= 1 * MB)
    downloads.start(other, "ann")
    threading.Timer(0.1, server.release.set).start()
    downloads.close()
    assert "being shut down" in list(following)[-1].error
    assert "being shut down" in bring(downloads, other).error


def test_a_hundred_megabytes_arrive_and_are_checked_in_seconds(
    server: Hub, spec: ModelSpec, downloads: Downloads
) -> None:
    real = replace(spec, files=(server.add(WEIGHTS, bytes(100 * MB)),))
    said = list(downloads.follow(real, "ann"))
    assert said[-1].finished
    assert all(a.done_bytes <= b.done_bytes for a, b in itertools.pairwise(said))


@pytest.mark.parametrize(
    ("size", "down", "words"),
    [
        (0, False, "0 MB"),
        (0, True, "0 MB"),
        (1, False, "1 MB"),
        (250_999, True, "250 kB"),
        (1_999_999, True, "1 MB"),
        (99_500_000, False, "100 MB"),
        (548_105_171, False, "0.6 GB"),
        (548_105_171, True, "0.5 GB"),
        (1_600_000_000, False, "1.6 GB"),
    ],
)
def test_sizes_are_rounded_to_the_safe_side(size: int, down: bool, words: str) -> None:
    assert hub_sentences.size_words(size, down=down) == words
