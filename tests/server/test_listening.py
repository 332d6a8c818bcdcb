"""Where the app listens: in words what cannot be meant, before anything is built."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator

import pytest

from playground.server import listening
from playground.server.forwarded import UVICORNS
from playground.server.forwarded import VARIABLE as PROXIES
from playground.server.listening import NAME, PORT, TEMP
from playground.server.site_address import ADDRESS
from playground.server.site_address import ROOT as PREFIX
from tests.test_app import run_app


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_named", [""])


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (PORT, "abc", f"{PORT} must be a whole number from 1 to 65,535, not “abc”"),
        (PORT, "70000", f"{PORT} must be a whole number"),
        ("GRADIO_NUM_PORTS", "²", "GRADIO_NUM_PORTS must be a whole number"),
        (NAME, "nobody.invalid", f"{NAME} must be an address of this machine, .* “nobody.invalid”"),
        (NAME, "192.0.2.1", f"{NAME} must be an address of this machine"),
        (NAME, "a..b", f"{NAME} must be an address of this machine"),
        (PREFIX, "ftp://example.org/play", f"{PREFIX} must be a path such as /play"),
        (PREFIX, "https:///play", f"{PREFIX} must be a path such as /play"),
        (PREFIX, "/play?x", f"{PREFIX} must be a path such as /play"),
        (ADDRESS, "http://[", f"{ADDRESS} must be the address of this site, such as"),
        (ADDRESS, "ftp://room7", f"{ADDRESS} must be the address of this site, such as"),
        (ADDRESS, "room7?x", f"{ADDRESS} must be the address of this site, such as"),
        (ADDRESS, "room7 or 8", f"{ADDRESS} must be the address of this site, such as"),
        (ADDRESS, "x" * 201, f"{ADDRESS} must be the address of this site, such as"),
        (TEMP, "/dev/null/x", f"{TEMP} names a folder that cannot be written"),
        (PROXIES, "10.0.0.5, proxy", f"{PROXIES} must name addresses or networks .* “10.0.0.5, p"),
        (PROXIES, "10.0.0.0/40", f"{PROXIES} must name addresses or networks of proxies"),
        (UVICORNS, "proxy", f"{UVICORNS} must name addresses or networks of proxies"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        listening.check({name: value})


def test_a_named_port_that_is_in_use_is_refused_and_another_is_not_taken(taken: int) -> None:
    with pytest.raises(ValueError, match=f"Port {taken} is in use by another program"):
        listening.check({PORT: str(taken)})
    listening.check({})


@pytest.mark.parametrize("value", ["::1", "[::1]", "::", "[::]"])
def test_an_address_of_version_six_is_given_to_gradio_with_its_brackets(value: str) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    given = {NAME: value}
    listening.check(given)
    assert listening.server_name() == f"[{value.strip('[]')}]"
    assert NAME not in given


def test_what_is_empty_is_as_if_it_were_not_there() -> None:
    given = {NAME: "", PORT: " ", TEMP: "", PROXIES: " "}
    listening.check(given)
    assert given == {UVICORNS: ""}
    assert listening.server_name() is None
    listening.check(given := {NAME: "0.0.0.0"})
    assert given == {NAME: "0.0.0.0", UVICORNS: ""}


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({UVICORNS: "10.0.0.5"}, "10.0.0.5"),
        ({UVICORNS: "*"}, "*"),
        ({UVICORNS: "10.0.0.5", PROXIES: "10.1.0.0/16, ::1"}, "10.1.0.0/16, ::1"),
        ({UVICORNS: "", PROXIES: "10.0.0.5"}, "10.0.0.5"),
    ],
)
def test_whose_word_counts_is_said_by_one_variable(given: dict[str, str], ours: str) -> None:
    listening.check(given)
    assert given == {UVICORNS: "", PROXIES: ours}
    listening.check(given)  # a second time nothing is lost
    assert given == {UVICORNS: "", PROXIES: ours}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("/play", "/play"),
        ("play/", "/play"),
        ("/", ""),
        ("https://example.org/play/", "https://example.org/play"),
    ],
)
def test_a_prefix_is_written_in_one_way(value: str, meant: str) -> None:
    given = {PREFIX: value}
    listening.check(given)
    assert given == {PREFIX: meant, UVICORNS: ""}


@pytest.mark.parametrize(
    ("value", "meant"),
    [("room7.local:7860/", "http://room7.local:7860"), (" https://a.b/c ", "https://a.b/c")],
)
def test_the_address_to_type_is_a_whole_one(value: str, meant: str) -> None:
    given = {ADDRESS: value}
    listening.check(given)
    assert given == {ADDRESS: meant, UVICORNS: ""}


def test_without_any_place_for_temporary_files_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with pytest.raises(ValueError, match=f"No usable .* Name another one in {TEMP}"):
        listening.check({})


@pytest.mark.parametrize(
    ("name", "value"), [(PORT, "abc"), ("PLAYGROUND_DEVICE", "banana"), (NAME, "nobody.invalid")]
)
def test_the_app_ends_with_that_sentence_and_its_exit_code(name: str, value: str) -> None:
    done = run_app(name, value)
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1
