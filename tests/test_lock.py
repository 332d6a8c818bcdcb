"""The lock files hold all that is asked for, in a version that is, and each file by its hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
RUNS = ("torch.lock", "requirements.lock")
LOCKS = (*RUNS, "cuda.lock", "tests.lock")
ENTRY = re.compile(r"^\S.*\n(?:    .*\n)*", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SYSTEMS = (
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "arm64"),
)
PLACES = [(python, *system) for python in PYTHONS for system in SYSTEMS]


def locked(name: str) -> Iterator[Requirement]:
    """What a lock file holds, a requirement each."""
    for entry in ENTRY.findall((ROOT / ".ci" / name).read_text(encoding="utf-8")):
        yield Requirement(entry.partition("\\")[0].strip())


def asked(name: str) -> Iterator[Requirement]:
    """What a file of requirements asks for itself."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("-"):
            yield Requirement(line)


def applies(requirement: Requirement, python: str, system: str, platform: str, cpu: str) -> bool:
    """Whether it is meant for a Python on such a machine."""
    place = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": system,
        "platform_system": platform,
        "platform_machine": cpu,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
        "extra": "",
    }
    return requirement.marker is None or requirement.marker.evaluate(place)


def versions(place: tuple[str, str, str, str], *names: str) -> dict[str, str]:
    """Package -> the one version that lock files hold for such a machine."""
    found: dict[str, str] = {}
    for requirement in (each for name in names for each in locked(name)):
        if applies(requirement, *place):
            assert requirement.name not in found, requirement
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found[str(canonicalize_name(requirement.name))] = pin.version
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_one_version_with_the_hashes_of_its_files(name: str) -> None:
    text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
    entries = ENTRY.findall(text)
    assert "".join(entries) == text
    assert entries
    for entry in entries:
        first, *lines = entry.splitlines()
        assert re.match(r"[a-z0-9-]+==\S+ (; .+ )?\\$", first), first
        assert lines
        assert all(HASH.fullmatch(line.strip().removesuffix(" \\")) for line in lines), first
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_what_is_asked_for_is_in_it_in_a_version_that_is(place: tuple[str, str, str, str]) -> None:
    for file, names in (
        ("requirements.txt", RUNS),
        ("tests/requirements.txt", ("tests.lock",)),
    ):
        held = versions(place, *names)
        for requirement in asked(file):
            if applies(requirement, *place):
                version = held[str(canonicalize_name(requirement.name))]
                assert requirement.specifier.contains(version, prereleases=True), requirement
    assert versions(place, *LOCKS)


def test_it_holds_all_that_its_packages_need_themselves() -> None:
    """They are installed without looking further."""
    held = [each for name in (*RUNS, "tests.lock") for each in locked(name)]
    names = {str(canonicalize_name(each.name)) for each in held}
    cuda = {str(canonicalize_name(each.name)) for each in locked("cuda.lock")}
    for name in sorted(names):
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another Python, or another system
        for requirement in map(Requirement, needed):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert str(canonicalize_name(requirement.name)) in names | cuda, (name, requirement)
    assert "torch" in names


def test_torch_may_be_the_usual_build_or_one_for_cpus() -> None:
    """What CUDA consists of stands apart: a build for CPUs does without."""
    cuda = {entry.name for entry in locked("cuda.lock")}
    assert {"nvidia-cublas", "triton"} <= cuda
    others = {entry.name for name in (*RUNS, "tests.lock") for entry in locked(name)}
    assert not cuda & others
    assert [entry.name for entry in locked("torch.lock")] == ["torch"]


def test_the_image_and_the_tests_install_them_by_their_hashes() -> None:
    image, run = ((ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "tests/run"))
    assert "COPY --chown=user .ci/*.lock ./" in image
    assert "$pip --require-hashes -r torch.lock -r cuda.lock;" in image
    assert "$pip --require-hashes -r requirements.lock\n" in image
    assert "pip install -q --no-compile --no-deps --require-hashes " in run
    for files in ("torch", "cuda", "requirements.lock -r .ci/tests"):
        assert re.search(rf"\binstall [^\n]*-r \.ci/{files}\.lock\n", run), files
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored.index("!.ci/*.lock") > ignored.index(".ci")
