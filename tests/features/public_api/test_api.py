"""The public functions, called over HTTP as a program on another machine would."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from models.datasets import PALETTE
from playground import site
from tests.hub_server import Hub


@contextmanager
def connected(services: Any, folder: Path) -> Iterator[Client]:
    """A client of the running app; what it downloads lands in a folder of its own."""
    demo = site.build(services)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo.launch(server_port=port, prevent_thread_lock=True, quiet=True, **site.launch_settings())
    address = f"http://127.0.0.1:{port}"
    client = Client(address, download_files=folder, verbose=False, analytics_enabled=False)
    yield client
    client.close()
    demo.close()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the client's files land."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def client(shared_services: Any, downloads: Path) -> Iterator[Client]:
    with connected(shared_services, downloads) as client:
        yield client


@pytest.fixture
def first_client(services: Any, tmp_path: Path) -> Iterator[Client]:
    """The client of an app of which nothing has been asked yet."""
    with connected(services, tmp_path) as client:
        yield client


@pytest.fixture
def hub_client(hub_services: Any, tmp_path: Path) -> Iterator[Client]:
    """The same with models of the hub on offer."""
    with connected(hub_services, tmp_path) as client:
        yield client


def test_text_streams_and_ends_with_steps_and_recipe(client: Client):
    job = client.submit("char_lstm", "ROMEO:\n", 7, 60, 0.8, 0, 1.0, api_name="/text_generate")
    text, steps, recipe = job.result(timeout=60)
    assert len(text) == 60
    assert "ROMEO" not in text[:5]
    assert "".join(step["text"] for step in steps) == text
    assert [step["index"] for step in steps] == list(range(60))
    assert recipe["options"]["length"] == 60
    assert recipe["prompt"] == "ROMEO:\n"
    earlier = job.outputs()[:-1]
    assert earlier
    assert all(text.startswith(t) and s is None and r is None for t, s, r in earlier)


def test_every_argument_but_the_model_has_a_default(client: Client):
    text, steps, recipe = client.predict("gpt2_mini", api_name="/text_generate")
    assert (len(text), len(steps), recipe["seed"]) == (200, 200, 0)
    files, recipe = client.predict("vae", api_name="/image_generate")
    assert len(files) == 4
    assert recipe["options"] == {"count": 4, "digit": 7, "ink": "red", "paper": "black"}


def test_pictures_are_downloaded_as_exact_pngs(client: Client, downloads: Path):
    files, recipe = client.predict(
        model_id="gan",
        digit=3,
        ink="blue",
        paper="white",
        count=2,
        seed=5,
        api_name="/image_generate",
    )
    assert len(files) == 2
    for number, file in enumerate(files, start=1):
        path = Path(file if isinstance(file, str) else file["path"])
        assert path.is_relative_to(downloads)  # fetched by us, not named by the server's path
        with Image.open(path) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (32, 32), "RGB")
            assert json.loads(image.text["recipe"]) == recipe
            assert image.text["picture"] == f"{number} of 2"


def test_files_are_served_over_http(client: Client):
    plain = Client(client.src, download_files=False, verbose=False, analytics_enabled=False)
    files, _ = plain.predict("gan", count=1, api_name="/image_generate")
    with Image.open(io.BytesIO(httpx.get(files[0]["url"]).content)) as image:
        assert image.size == (32, 32)
        corner = image.getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(corner, PALETTE["black"], strict=True)) < 40
    plain.close()


def test_diffusion_draws_the_words_or_the_plain_caption(client: Client):
    _, by_words = client.predict(
        "diffusion_mini", "a blue two", steps=2, api_name="/image_generate"
    )
    assert by_words["prompt"] == "a blue two"
    _, by_labels = client.predict(
        "diffusion_mini", "", 9, "red", "white", api_name="/image_generate"
    )
    assert by_labels["prompt"] == "a red nine on a white background"


def test_emoji_are_drawn_whatever_is_said_of_digits(client: Client):
    files, recipe = client.predict(
        "gan_emoji", "cow", 12, "red", "red", 2, 5, api_name="/image_generate"
    )
    assert len(files) == 2
    assert (recipe["prompt"], recipe["options"], recipe["seed"]) == ("", {"count": 2}, 5)
    _, recipe = client.predict("diffusion_emoji", " blue 🐄 ", steps=2, api_name="/image_generate")
    assert recipe["prompt"] == "blue cow"
    _, recipe = client.predict("diffusion_emoji", " blue cow ", steps=2, api_name="/image_generate")
    assert recipe["prompt"] == "blue cow"
    assert recipe["options"] == {"count": 4, "guidance": 2.0, "steps": 2}


def test_a_name_is_invented_and_ends_by_itself(client: Client):
    text, steps, _ = client.predict("char_lstm_emoji", "", 2, api_name="/text_generate")
    assert text == "blue moon face"
    assert len(steps) == len(text) + 1


def test_models_are_listed_with_their_state(first_client: Client):
    first_client.predict("gan", count=1, api_name="/image_generate")
    listed = {model["id"]: model for model in first_client.predict(api_name="/models_list")}
    assert listed["gan"]["state"] == "ready"
    assert listed["char_lstm"]["state"] == "not_loaded"
    for model in listed.values():
        assert set(model) == {"id", "title", "family", "kind", "parameters", "state"}


def states(client: Client) -> dict[str, str]:
    return {model["id"]: model["state"] for model in client.predict(api_name="/models_list")}


def fetch(services: Any, model: str) -> None:
    *_, last = services.downloads.follow(services.spec(model), "somebody")
    assert last.finished


def test_a_model_of_the_hub_is_listed_and_asked_for_in_vain_until_it_is_here(
    hub_client: Client, hub_services: Any, small_hub: Hub
):
    assert states(hub_client)["gpt2"] == "not_downloaded"
    with pytest.raises(AppError, match=r"^GPT-2 is not downloaded yet\. Download it first \(1 MB"):
        hub_client.predict("gpt2", "O, ", api_name="/text_generate")
    with pytest.raises(AppError, match=r"^SD-Turbo is not downloaded yet\."):
        hub_client.predict("sd_turbo", "a red fox", api_name="/image_generate")
    assert small_hub.asked == []
    fetch(hub_services, "gpt2")
    assert states(hub_client)["gpt2"] == "not_loaded"
    text, steps, recipe = hub_client.predict("gpt2", "O, ", 7, 20, api_name="/text_generate")
    assert "".join(step["text"] for step in steps) == text
    assert (len(text), recipe["weights"]) == (20, small_hub.commit)
    assert states(hub_client)["gpt2"] == "ready"
    assert states(hub_client)["sd_turbo"] == "not_downloaded"


def test_an_original_draws_with_the_settings_it_is_made_for(hub_client: Client, hub_services: Any):
    for model in ("sd_turbo", "stable_diffusion"):
        fetch(hub_services, model)
    files, recipe = hub_client.predict("sd_turbo", prompt="a red fox", api_name="/image_generate")
    assert (recipe["prompt"], recipe["options"]) == ("a red fox", {"count": 1, "steps": 1})
    with Image.open(files[0] if isinstance(files[0], str) else files[0]["path"]) as image:
        assert (len(files), image.format, image.size) == (1, "PNG", (512, 512))
        assert json.loads(image.text["recipe"]) == recipe
    _, recipe = hub_client.predict("stable_diffusion", "a fox", api_name="/image_generate")
    assert recipe["options"] == {"count": 1, "guidance": 7.5, "steps": 25}
    with pytest.raises(AppError, match=r"Steps must lie between 1 and 4\."):
        hub_client.predict("sd_turbo", "a fox", steps=5, api_name="/image_generate")
    with pytest.raises(AppError, match=r"Pictures must lie between 1 and 4\."):
        hub_client.predict("sd_turbo", "a fox", count=5, api_name="/image_generate")


def test_a_picture_that_is_held_back_is_left_out_of_the_files(
    hub_client: Client, hub_services: Any
):
    fetch(hub_services, "sd_turbo")
    asked = {"model_id": "sd_turbo", "prompt": "a ghost", "api_name": "/image_generate"}
    files, recipe = hub_client.predict(**asked, count=3)
    assert recipe["options"]["count"] == 3
    paths = [Path(file if isinstance(file, str) else file["path"]) for file in files]
    numbers = []
    for path in paths:
        with Image.open(path) as image:
            numbers.append(image.text["picture"])
    assert numbers == ["2 of 3", "3 of 3"]  # the first was held back
    files, _ = hub_client.predict(**asked)
    assert files == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"model_id": "gan", "ink": "red", "paper": "red"}, "cannot be seen"),
        ({"model_id": "gan", "digit": 10}, "Digit must lie between 0 and 9"),
        ({"model_id": "char_lstm"}, "is of another kind"),
        ({"model_id": "../secrets"}, "no model called"),
        ({"model_id": ["gan"]}, "no model called"),
        ({"model_id": "gan", "ink": ["red"]}, "Ink must be one of"),
        ({"model_id": "diffusion_mini", "prompt": 7}, "must be text"),
        ({"model_id": "gan", "count": 100}, "must lie between 1 and 16"),
        ({"model_id": "diffusion_emoji"}, "what to draw, such as “blue heart”"),
        ({"model_id": "vae_emoji", "prompt": 7}, "must be text"),
        ({"model_id": "char_lstm_emoji"}, "is of another kind"),
    ],
)
def test_mistakes_are_answered_in_sentences(client: Client, arguments: dict[str, Any], words: str):
    with pytest.raises(AppError, match=words):
        client.predict(**arguments, api_name="/image_generate")


def test_what_nobody_expected_shows_a_reference_only(client: Client):
    with pytest.raises(AppError, match=r"reference [0-9a-f]{8}") as caught:
        client.predict("char_lstm", "fail=2", api_name="/text_generate")
    assert "ordered" not in str(caught.value)


def test_only_the_api_is_on_the_api_page(client: Client):
    info = client.view_api(return_format="dict", print_info=False)
    assert set(info["named_endpoints"]) == {"/text_generate", "/image_generate", "/models_list"}
    described = httpx.get(f"{client.src}gradio_api/info").json()["named_endpoints"]
    names = [p["parameter_name"] for p in described["/image_generate"]["parameters"]]
    assert names == [
        "model_id",
        "prompt",
        "digit",
        "ink",
        "paper",
        "count",
        "seed",
        "steps",
        "guidance",
    ]
    names = [p["parameter_name"] for p in described["/text_generate"]["parameters"]]
    assert "Args: model_id: a model of kind" in described["/text_generate"]["description"]
    assert names == ["model_id", "prompt", "seed", "length", "temperature", "top_k", "top_p"]


def test_private_handlers_check_what_they_are_given(client: Client):
    answer = httpx.post(
        f"{client.src}gradio_api/call/images_read", json={"data": ["x" * 500, 7, "red", "black"]}
    )
    assert answer.status_code in {200, 403, 404}
