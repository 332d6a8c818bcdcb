"""The hub's models as data, what the catalogue offers of them, and what an operator adds."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from models import catalog, datasets, device, extension, hub_catalogue
from models.base import ModelSpec
from models.hub import cache as hub_cache
from models.hub import entry as hub_entry

ROOT = Path(__file__).parents[2]
ORIGINALS = {spec.id: spec for spec in hub_catalogue.SPECS}
SHIPPED, TWINS, JUDGES = (
    [spec.id for spec in group] for group in (catalog.SPECS, catalog.TWINS, catalog.JUDGES)
)
COMMIT, SHA256 = "0123456789" * 4, "0123456789abcdef" * 4
LARGE = 10**12  # bytes of memory: everything fits

LAYERS_AND_WIDTH = {
    "distilgpt2": (6, 768),
    "gpt2": (12, 768),
    "gpt2_medium": (24, 1024),
    "gpt2_large": (36, 1280),
    "gpt2_xl": (48, 1600),
    "gpt2_int8": (12, 768),
}
Offer = Callable[..., Mapping[str, ModelSpec]]
Entry = dict[str, Any]

every_original = pytest.mark.parametrize("spec", hub_catalogue.SPECS, ids=lambda spec: spec.id)


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Offer]:
    """What the catalogue offers with a setting of the operator, on a machine of some memory."""

    def offer(setting: object = "", memory_bytes: int = LARGE) -> Mapping[str, ModelSpec]:
        text = setting if isinstance(setting, str) else json.dumps(setting)
        monkeypatch.setenv(extension.VARIABLE, text)
        monkeypatch.setattr(device, "total_memory_bytes", lambda device: memory_bytes)
        catalog.specs.cache_clear()
        return catalog.specs()

    yield offer
    catalog.specs.cache_clear()


def entry(**changes: object) -> Entry:
    """A whole text model, as an operator writes it."""
    paths = ("model.safetensors", "config.json", "vocab.json", "merges.txt")
    files = [{"path": path, "size_bytes": 9, "sha256": SHA256} for path in paths]
    return {
        "id": "my_gpt",
        "title": "Mine · has read my letters",
        "adapter": hub_catalogue.TEXT_ADAPTER,
        "source": "me/my-gpt",
        "revision": COMMIT,
        "licence": "MIT",
        "parameters": 1000,
        "files": files,
        **changes,
    }


def pipeline(**changes: object) -> Entry:
    """A whole image model."""
    paths = (
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
    )
    files = [{"path": path, "size_bytes": 9, "sha256": SHA256} for path in paths]
    own = {"id": "my_painter", "adapter": hub_catalogue.IMAGE_ADAPTER, "files": files}
    return entry(**{**own, **changes})


def with_file(**changes: object) -> Entry:
    """A whole model whose first file is another."""
    first, *others = entry()["files"]
    return entry(files=[{**first, **changes}, *others])


# The data


def test_the_ids_and_their_order() -> None:
    text = ["distilgpt2", "gpt2", "gpt2_medium", "gpt2_large", "gpt2_xl", "gpt2_int8"]
    assert list(ORIGINALS) == [*text, "stable_diffusion", "sd_turbo", "sd_small"]
    assert not set(ORIGINALS) & set(SHIPPED)


@every_original
def test_the_shape_of_an_entry(spec: ModelSpec) -> None:
    assert re.fullmatch(r"[\w-]+/[\w.-]+", spec.source)
    assert re.fullmatch(r"([0-9a-f]{40})?", spec.revision)
    assert spec.name
    assert spec.title.startswith(f"{spec.name} · ")
    assert spec.licence
    assert spec.paper
    assert spec.world == ""
    text = spec.kind == "text"
    assert spec.can == ({"prompt", "score", "look"} if text else {"prompt"})
    module, _, name = spec.adapter.partition(":")
    code = (ROOT / (module.replace(".", "/") + ".py")).read_text()
    assert f"\nclass {name}" in code


@every_original
def test_the_files_of_an_entry(spec: ModelSpec) -> None:
    for file in spec.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size_bytes > 0
        assert Path(file.path).suffix in {".safetensors", ".json", ".txt"}
        assert bool(file.repository) == bool(file.revision)
    for file in hub_entry.pinned(spec):
        borrowed = file.repository != spec.source
        assert re.fullmatch(r"[0-9a-f]{40}", file.revision) or not (borrowed or spec.revision)
    assert len({(file.repository, file.path) for file in spec.files}) == len(spec.files)


def test_a_file_is_described_in_one_way_wherever_it_is_listed() -> None:
    files = {
        (f.repository, f.revision, f.path): f
        for s in ORIGINALS.values()
        for f in hub_entry.pinned(s)
    }
    sizes = {file.sha256: file.size_bytes for file in files.values()}
    for spec in ORIGINALS.values():
        for file in hub_entry.pinned(spec):
            assert files[file.repository, file.revision, file.path] == file
            assert sizes[file.sha256] == file.size_bytes


@pytest.mark.parametrize("model", LAYERS_AND_WIDTH)
def test_a_gpt2_weighs_what_its_design_says(model: str) -> None:
    """The weights in float32, the causal masks that the files hold besides, and a header."""
    spec, (layers, width) = ORIGINALS[model], LAYERS_AND_WIDTH[model]
    block = 12 * width**2 + 13 * width
    assert spec.parameters == (50_257 + 1024) * width + layers * block + 2 * width
    masks = 4 * layers * 1024**2
    (weights,) = (f.size_bytes for f in spec.files if f.path.endswith(".safetensors"))
    assert 0 < weights - 4 * spec.parameters - masks < 100_000


@pytest.mark.parametrize("model", ["stable_diffusion", "sd_turbo", "sd_small"])
def test_a_pipeline_weighs_two_bytes_a_parameter(model: str) -> None:
    spec = ORIGINALS[model]
    parts = ("unet/", "text_encoder/", "vae/")
    weights = [f for f in spec.files if f.path.endswith(".safetensors")]
    assert all(".fp16." in f.path for f in weights if not f.repository)
    counted = sum(f.size_bytes for f in weights if f.path.startswith(parts))
    assert 0 < counted - 2 * spec.parameters < 500_000


@every_original
def test_memory_is_that_of_the_weights_and_more(spec: ModelSpec) -> None:
    if spec.id == "gpt2_int8":  # below four bytes a weight it is known to be rounded
        assert spec.parameters < spec.memory_bytes < 4 * spec.parameters
    else:
        assert 4 * spec.parameters < spec.memory_bytes < 8 * spec.parameters


def test_int8_is_made_of_the_same_files() -> None:
    same, rounded = ORIGINALS["gpt2"], ORIGINALS["gpt2_int8"]
    assert (rounded.source, rounded.revision, rounded.files) == (
        same.source,
        same.revision,
        same.files,
    )
    assert "not identical" in rounded.title


def test_the_tokenizer_is_the_one_among_the_data() -> None:
    folder = datasets.data_folder() / "gpt2-tokenizer"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    files = {f.path: f for f in ORIGINALS["gpt2"].files}
    for name in ("vocab.json", "merges.txt"):
        content = (folder / name).read_bytes()
        assert files[name].size_bytes == len(content)
        assert files[name].sha256 == hashlib.sha256(content).hexdigest()


def test_the_hub_wants_all_of_the_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for spec in ORIGINALS.values():
        assert hub_cache.missing_bytes(spec) == sum(file.size_bytes for file in spec.files)
        assert not hub_cache.is_downloaded(spec)


# What is offered


def test_shipped_models_come_first_and_the_unconfirmed_not_at_all(offer: Offer) -> None:
    confirmed = [model for model, spec in ORIGINALS.items() if spec.revision]
    assert list(offer()) == SHIPPED + confirmed + TWINS + JUDGES
    assert set(ORIGINALS) - set(confirmed) == set(hub_catalogue.SEEN_AT)


@pytest.mark.parametrize("model", hub_catalogue.SEEN_AT)
def test_an_unconfirmed_model_is_offered_at_the_operators_commit(offer: Offer, model: str) -> None:
    specs = offer([{"id": model, "revision": COMMIT}])
    assert specs[model].revision == COMMIT
    assert specs[model].files == ORIGINALS[model].files
    own = [f for f in hub_entry.pinned(specs[model]) if f.repository == specs[model].source]
    assert own
    assert {f.revision for f in own} == {COMMIT}
    assert [m for m in specs if m in ORIGINALS] == [
        m for m, spec in ORIGINALS.items() if spec.revision or m == model
    ]


def test_the_operators_files_replace_those_of_an_unconfirmed_model(offer: Offer) -> None:
    specs = offer([{"id": "gpt2_xl", "revision": COMMIT, "files": entry()["files"]}])
    assert [file.size_bytes for file in specs["gpt2_xl"].files] == [9] * 4


def test_what_cannot_fit_is_not_offered(offer: Offer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    all_of_it = set(offer())
    left_out = all_of_it - set(offer(memory_bytes=4_000_000_000))
    assert {"gpt2_large", "stable_diffusion"} <= left_out
    assert not left_out & {*SHIPPED, "gpt2", "gpt2_medium"}
    assert "gpt2_large is left out: it takes 4." in caplog.text
    assert set(offer(memory_bytes=1)) == {*SHIPPED, *TWINS, *JUDGES}


def test_miniatures_name_an_original_that_is_offered(offer: Offer) -> None:
    specs = offer()
    named = {spec.id: spec.original for spec in specs.values() if spec.original}
    assert {"gpt2_mini", "diffusion_mini", "diffusion_emoji"} == set(named)
    assert all(specs[model].family == specs[original].family for model, original in named.items())


def test_the_catalogue_is_read_without_the_large_libraries() -> None:
    heavy = ("torch", "diffusers", "transformers", "huggingface_hub", "gradio")
    code = (
        "import sys; from models import catalog; assert catalog.specs(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# What an operator adds


def test_a_whole_text_model(offer: Offer) -> None:
    specs = offer([entry(paper="Me 2024", memory_bytes=5000)])
    mine = specs["my_gpt"]
    offered = [id_ for id_, spec in specs.items() if spec.kind != "measure"]
    assert offered[-1] == "my_gpt"
    assert (mine.kind, mine.family, mine.can) == ("text", "transformer", {"prompt", "score"})
    assert (mine.source, mine.revision, mine.name) == ("me/my-gpt", COMMIT, "Mine")
    assert (mine.paper, mine.memory_bytes) == ("Me 2024", 5000)
    assert mine.controls == ORIGINALS["gpt2"].controls
    assert {file.revision for file in hub_entry.pinned(mine)} == {COMMIT}


def test_a_whole_image_model(offer: Offer) -> None:
    mine = offer([pipeline()])["my_painter"]
    assert (mine.kind, mine.family, mine.can) == ("image", "diffusion", {"prompt"})
    assert mine.controls == ORIGINALS["stable_diffusion"].controls
    assert mine.memory_bytes > 4 * mine.parameters
    turbo = offer([pipeline(turbo=True)])["my_painter"]
    assert turbo.controls == ORIGINALS["sd_turbo"].controls
    assert "guidance" not in {control.name for control in turbo.controls}


def test_a_file_of_another_repository(offer: Offer) -> None:
    other = "f" * 40
    mine = offer([with_file(repository="me/other", revision=other)])["my_gpt"]
    assert (hub_entry.pinned(mine)[0].repository, hub_entry.pinned(mine)[0].revision) == (
        "me/other",
        other,
    )
    assert hub_entry.pinned(mine)[1].repository == "me/my-gpt"


def test_entries_from_a_file(offer: Offer, tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    file.write_text(json.dumps([entry()]))
    assert "my_gpt" in offer(str(file))


WRONG: Mapping[str, tuple[str, Entry]] = {
    "no id": ("id", {}),
    "an id in capitals": ("id", entry(id="MyGpt")),
    "a shipped id": ("id", entry(id="gan")),
    "a title of two lines": ("title", entry(title="a\nb")),
    "no title": ("title", entry(title=None)),
    "a foreign adapter": ("adapter", entry(adapter="os:system")),
    "an adapter that is no text": ("adapter", entry(adapter=["x"])),
    "a repository without an owner": ("source", entry(source="gpt2")),
    "a path for a repository": ("source", entry(source="../x/y")),
    "an address": ("source", entry(source="https://example.org/x")),
    "a branch": ("revision", entry(revision="main")),
    "a short commit": ("revision", entry(revision="0123456")),
    "no licence": ("licence", entry(licence="")),
    "no parameters": ("parameters", entry(parameters=0)),
    "parameters that are true": ("parameters", entry(parameters=True)),
    "memory below zero": ("memory_bytes", entry(memory_bytes=-1)),
    "memory with a fraction": ("memory_bytes", entry(memory_bytes=1.5)),
    "turbo as a word": ("turbo", pipeline(turbo="yes")),
    "a turbo that writes": ("turbo", entry(turbo=True)),
    "no files": ("files", entry(files=[])),
    "files that are no list": ("files", entry(files="all")),
    "weights missing": ("files", entry(files=entry()["files"][1:])),
    "the same file twice": ("files", entry(files=entry()["files"] * 2)),
    "a pipeline without a U-Net": ("files", pipeline(files=pipeline()["files"][:-1])),
    "a field nobody knows": ("trust_remote_code", entry(trust_remote_code=True)),
    "pickled weights": ("path", with_file(path="pytorch_model.bin")),
    "code": ("path", with_file(path="modeling.py")),
    "a path out of the folder": ("path", with_file(path="../model.safetensors")),
    "a path from the root": ("path", with_file(path="/etc/x.json")),
    "a file of nothing": ("size_bytes", with_file(size_bytes=0)),
    "a hash in capitals": ("sha256", with_file(sha256=SHA256.upper())),
    "a short hash": ("sha256", with_file(sha256=SHA256[:40])),
    "borrowed without a commit": ("revision", with_file(repository="me/other")),
    "a commit without a repository": ("repository", with_file(revision=COMMIT)),
    "an unknown field of a file": ("url", with_file(url="x")),
    "a commit for a confirmed model": ("revision", {"id": "gpt2", "revision": COMMIT}),
    "no commit for an unconfirmed one": ("revision", {"id": "sd_small"}),
    "another source for a model of the catalogue": (
        "source",
        {"id": "sd_small", "revision": COMMIT, "source": "me/mine"},
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named(offer: Offer, wrong: str) -> None:
    """The second of two entries is wrong, and the complaint says so."""
    field, second = WRONG[wrong]
    first = {"id": "sd_small", "revision": COMMIT}
    if second.get("id") == "sd_small":
        first = entry()
    with pytest.raises(ValueError, match=rf"PLAYGROUND_MODELS, entry 2\b.*field “{field}”: "):
        offer([first, second])


def test_an_id_may_be_there_once_only(offer: Offer) -> None:
    with pytest.raises(ValueError, match=r"entry 2 \(my_gpt\), field “id”"):
        offer([entry(), entry()])


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("[", "not JSON"),
        ("{}", "a list"),
        ('["gpt2"]', "entry 1: must be an object"),
        ("/no/such/models.json", "cannot be read"),
        (str(ROOT), "cannot be read"),
        (str(ROOT / "README.md"), "not JSON"),
    ],
)
def test_a_setting_that_is_no_list_of_entries(offer: Offer, setting: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"PLAYGROUND_MODELS.*{complaint}"):
        offer(setting)


def test_no_setting_adds_nothing() -> None:
    assert extension.read(" ", ORIGINALS) == {}
