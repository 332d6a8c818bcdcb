"""A drawing is looked at: by encoder and critic, by captions, and drawn again out of some noise."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from models import catalog, checkpoint, datasets
from models.adapters import reference
from models.adapters.clip import SAID, Clip
from models.adapters.gan import Gan
from models.adapters.stable_diffusion import StableDiffusion
from models.adapters.vae import WHITE_ERROR, Vae
from models.base import ImageStep, LookStep, ModelSpec, Recipe
from models.engine import Engine, Waiting
from models.pool import Pool
from models.recipe import make_recipe
from playground.core import feature
from playground.features.public_api import api
from playground.registry import FEATURES
from tests import tiny_models
from tests.models.test_adapter_contract import alone, among_others

pytestmark = pytest.mark.slow

COUNT = 9
LOOKERS = ("vae", "gan", "clip_mini")


def drawing(seed: int) -> Image.Image:
    """A drawing of a few strokes in two colours, sometimes nothing but noise."""
    random = np.random.default_rng(seed)
    if seed % 4 == 3:
        return Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    stroke = np.zeros((28, 28), np.uint8)
    stroke[random.integers(4, 20) :, random.integers(4, 24)] = 255
    stroke[random.integers(4, 24), :20] = 180
    ink, paper = random.choice(list(datasets.PALETTE.values()), 2, replace=False)
    return Image.fromarray(datasets.paint(stroke[None], ink[None], paper[None])[0])


def encoded(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def looked(spec: ModelSpec, image: Image.Image, task: str = "look", **options: Any) -> Recipe:
    seed = options.pop("seed", 0)
    prompt = options.pop("prompt", "")
    given = {"picture": encoded(image), **options}
    return make_recipe(spec, task=task, prompt=prompt, options=given, seed=seed)


def tensor(image: Image.Image) -> torch.Tensor:
    """(1, 3, 32, 32) in [-1, 1], by a plain loop's arithmetic."""
    pixels = torch.tensor(np.asarray(image).astype(np.float64) / 255 * 2 - 1)
    return pixels.permute(2, 0, 1)[None].float()


def load(model: str) -> Any:
    """A shipped model as the pool loads it."""
    spec = catalog.spec(model)
    kinds = {"vae": Vae, "gan": Gan, "clip_mini": Clip, "diffusion_mini": StableDiffusion}
    return kinds[model].load(spec, "cpu", "float32")  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def adapters() -> dict[str, Any]:
    return {model: load(model) for model in LOOKERS}


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusion:
    spec = tiny_models.diffusion_mini(tmp_path_factory.mktemp("diffusion"))
    return StableDiffusion.load(spec, "cpu", "float32")


def only(steps: Sequence[Any]) -> LookStep:
    (step,) = steps
    assert isinstance(step, LookStep)
    return step


# Alone as among others


@pytest.mark.parametrize("model", LOOKERS)
def test_a_look_is_the_same_alone_and_among_others(model: str, adapters: dict[str, Any]) -> None:
    adapter = adapters[model]
    recipes = [looked(adapter.spec, drawing(seed)) for seed in range(COUNT)]
    if model != "clip_mini":  # others draw meanwhile
        recipes += [make_recipe(adapter.spec, options={"count": 1 + s}, seed=s) for s in range(3)]
    if model == "gan":
        recipes += [looked(adapter.spec, drawing(0), task="critic", count=2)]
    crowded = among_others(adapter, recipes, seed=1)
    for recipe, steps in zip(recipes, crowded, strict=True):
        assert steps == alone(adapter, recipe)
    together = adapter.advance([adapter.begin(recipe) for recipe in recipes])
    assert [[step] for step in together] == crowded


@pytest.mark.parametrize("model", LOOKERS)
def test_a_look_keeps_the_promises_of_a_step(model: str, adapters: dict[str, Any]) -> None:
    step = only(alone(adapters[model], looked(adapters[model].spec, drawing(1))))
    assert (step.index, step.total, step.last, step.batch) == (0, 1, True, 1)
    assert sum(array.nbytes for array in step.arrays.values()) < 4_000_000
    for array in step.arrays.values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    for image in step.images.values():
        assert (image.mode, image.size) == ("RGB", (32, 32))


@pytest.mark.parametrize("model", LOOKERS)
def test_without_a_picture_a_look_is_refused_in_words(model: str, adapters: dict[str, Any]) -> None:
    recipe = make_recipe(adapters[model].spec, task="look")
    with pytest.raises(ValueError, match=r"^There is no picture .*\.$"):
        adapters[model].begin(recipe)


@pytest.mark.parametrize("model", LOOKERS)
def test_looking_prints_nothing(model: str, capfd: pytest.CaptureFixture[str]) -> None:
    adapter = load(model)
    alone(adapter, looked(adapter.spec, drawing(2)))
    adapter.close()
    assert capfd.readouterr() == ("", "")


# The VAE


def test_strangeness_is_that_of_a_second_way_to_compute_it(adapters: dict[str, Any]) -> None:
    network = adapters["vae"].network
    for seed in range(5):
        image = drawing(seed)
        step = only(alone(adapters["vae"], looked(adapters["vae"].spec, image)))
        with torch.no_grad():
            mean, log_variance, logits = network.encoder(tensor(image))
            guess = network.decoder.labels.expected(logits)
            kept = network.decoder.decode(mean, guess)
        pixels = torch.distributions.Normal(kept.double(), 0.6)
        best = pixels.log_prob(kept.double())  # the constants, which are left out
        distortion = (best - pixels.log_prob(tensor(image).double())).sum()
        code = torch.distributions.Normal(mean.double(), (log_variance.double() / 2).exp())
        prior = torch.distributions.Normal(torch.zeros(32).double(), torch.ones(32).double())
        rate = torch.distributions.kl_divergence(code, prior).sum()
        expected = float(distortion + rate)
        assert step.figures["strangeness"] == pytest.approx(expected, rel=1e-4)
        assert np.allclose(step.arrays["code"], mean[0].numpy(), atol=1e-5)
        assert np.allclose(step.arrays["spread"], (log_variance[0] / 2).exp().numpy(), atol=1e-5)


def test_the_error_map_shows_the_squared_error(adapters: dict[str, Any]) -> None:
    image = drawing(3)
    step = only(alone(adapters["vae"], looked(adapters["vae"].spec, image)))
    given, kept = (np.asarray(i, np.float64) / 255 for i in (image, step.images["kept"]))
    error = np.square(given - kept).mean(2)
    shown = np.asarray(step.images["error"], np.float64)
    assert (shown == shown[..., :1]).all()
    assert step.figures["error_white"] == WHITE_ERROR
    # The picture that is shown is rounded to whole 255ths, and so is the map.
    assert np.abs(shown[..., 0] - 255 * np.minimum(1, error / WHITE_ERROR)).max() < 5
    assert step.figures["rmse"] == pytest.approx(float(np.sqrt(error.mean())), abs=2e-3)


def test_noise_is_stranger_than_a_drawn_digit(adapters: dict[str, Any]) -> None:
    gan, vae = adapters["gan"], adapters["vae"]
    (drawn,) = alone(gan, make_recipe(gan.spec, options={"count": 1, "digit": 4}, seed=3))
    assert isinstance(drawn, ImageStep)
    digit = only(alone(vae, looked(vae.spec, drawn.images[0])))
    noise = only(alone(vae, looked(vae.spec, drawing(3))))
    assert noise.figures["strangeness"] > digit.figures["strangeness"]
    assert noise.figures["percentile"] == 1.0
    assert digit.figures["percentile"] < 0.99
    assert "four" in digit.label


# The critic


def test_the_critic_is_asked_without_a_label(adapters: dict[str, Any]) -> None:
    critic = adapters["gan"].network[1]
    for seed in range(4):
        step = only(alone(adapters["gan"], looked(adapters["gan"].spec, drawing(seed))))
        with torch.no_grad():
            expected = critic(tensor(drawing(seed)), torch.tensor([[-1, -1, -1]]))[0]
        assert step.figures["realness"] == pytest.approx(float(expected), rel=1e-4, abs=1e-5)


# Percentiles


def test_a_percentile_is_that_of_brute_force(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    values = np.random.default_rng(0).gamma(2.0, 30.0, 5_000)
    reference.write(tmp_path, "strangeness", values, "a command", {"data": "hash"})
    kept = reference.read(tmp_path)
    assert kept is not None
    assert (kept.figure, kept.n, len(kept.quantiles)) == ("strangeness", 5_000, 101)
    for value in (*values[:200], 1.0, 60.0, 500.0):
        assert kept.share_below(value) == pytest.approx(float((values < value).mean()), abs=0.006)
    assert kept.share_below(-1.0) == 0.0
    assert kept.share_below(1e9) == 1.0
    content = json.loads((tmp_path / reference.FILE).read_text())
    assert content["command"] == "a command"
    assert content["data"] == {"data": "hash"}


def test_of_other_weights_no_percentile_is_told(tmp_path: Path) -> None:
    spec = tiny_models.vae(tmp_path)
    bare = Vae.load(spec, "cpu", "float32")
    assert "percentile" not in only(alone(bare, looked(spec, drawing(0)))).figures
    reference.write(tmp_path, "strangeness", np.arange(200.0), "a command", {})
    known = Vae.load(spec, "cpu", "float32")
    assert "percentile" in only(alone(known, looked(spec, drawing(0)))).figures
    content = json.loads((tmp_path / reference.FILE).read_text())
    content["weights"] = "0" * 12
    (tmp_path / reference.FILE).write_text(json.dumps(content))
    other = Vae.load(spec, "cpu", "float32")
    assert "percentile" not in only(alone(other, looked(spec, drawing(0)))).figures


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_what_is_shipped_is_about_the_weights_that_are_shipped(model: str) -> None:
    kept = reference.read(checkpoint.folder(model))
    assert kept is not None
    assert kept.n == 10_000
    assert (np.diff(kept.quantiles) >= 0).all()


def test_the_shipped_quantiles_are_those_of_real_digits(adapters: dict[str, Any]) -> None:
    from models.measure.reference import of_pictures, realness, strangeness
    from models.measure.worlds.pictures import painted
    from models.measure.worlds.zero_shot import any_concepts

    try:
        strokes, digits = datasets.mnist("test")
    except datasets.DataMissing as missing:
        pytest.skip(str(missing))
    chosen = np.random.default_rng(5).permutation(len(strokes))[:300]
    concepts = any_concepts(digits)
    images = painted(strokes[chosen], [concepts[i] for i in chosen])
    for model, figure in (("vae", strangeness), ("gan", realness)):
        adapter = adapters[model]
        values = of_pictures(partial(figure, adapter), images)
        shares = np.sort([adapter.real.share_below(value) for value in values])
        # Kolmogorov's distance of 300 draws from their own distribution: 0.094 at 1 in 100.
        uniform = (np.arange(300) + 0.5) / 300
        assert np.abs(shares - uniform).max() < 0.094


# CLIP


def test_captions_are_those_of_the_librarys_own_forward_pass(adapters: dict[str, Any]) -> None:
    clip = adapters["clip_mini"]
    model, tokenizer = clip._embeddings.model, clip._embeddings._tokenizer
    captions = [concept.caption for concept in datasets.concepts()]
    tokens = tokenizer(captions, padding=True, return_tensors="pt")
    for seed in range(3):
        step = only(alone(clip, looked(clip.spec, drawing(seed))))
        with torch.no_grad():
            out = model(pixel_values=tensor(drawing(seed)), **tokens)
        shares = F.softmax(out.logits_per_image[0], dim=0)
        best = shares.topk(SAID)
        expected = {captions[i]: float(shares[i]) for i in best.indices}
        assert step.figures == pytest.approx(expected, rel=1e-3)
        assert list(step.figures) == list(expected)


def test_clip_knows_a_painted_digit(adapters: dict[str, Any]) -> None:
    gan, clip = adapters["gan"], adapters["clip_mini"]
    options = {"count": 1, "digit": 3, "ink": "yellow", "paper": "blue"}
    (drawn,) = alone(gan, make_recipe(gan.spec, options=options, seed=1))
    assert isinstance(drawn, ImageStep)
    step = only(alone(clip, looked(clip.spec, drawn.images[0])))
    best = max(step.figures, key=lambda caption: step.figures[caption])
    assert best == datasets.Concept(3, "yellow", "blue").caption
    assert sum(step.figures.values()) <= 1 + 1e-6


def test_who_judges_is_asked_to_make_nothing() -> None:
    spec = catalog.spec("clip_mini")
    assert spec.kind == "measure"
    with pytest.raises(ValueError, match=r"^CLIP looks at pictures and makes none\.$"):
        make_recipe(spec)
    assert make_recipe(spec, task="look").task == "look"
    assert spec not in catalog.of_kind("image")
    assert spec not in catalog.of_kind("text")
    assert list(catalog.specs())[-1] == "clip_mini"  # behind everything anybody chooses from


def test_who_judges_is_listed_and_draws_for_nobody(services: Any, visitor: Any) -> None:
    listed = {model["id"]: model for model in api.models_list(services)}
    assert listed["clip_mini"]["kind"] == "measure"
    assert listed["clip_mini"]["family"] == "contrastive"
    with pytest.raises(ValueError, match=r"another kind\. Choose one of: .*\.$") as refused:
        api.image_generate(services, "clip_mini", request=visitor)
    assert "clip_mini" not in str(refused.value).partition("Choose")[2]


def test_the_drawer_knows_who_looks_and_others_do_not() -> None:
    drawer = next(d for d in feature.drawers(FEATURES, "images") if d.id == "drawing")
    able = {spec.id for spec in drawer.models(catalog.specs())}
    assert able == {"gan", "vae", "diffusion_mini", "clip_mini"}
    everybody = feature.Drawer("x", Path(), "X", "X.", "images")
    assert "clip_mini" not in {spec.id for spec in everybody.models(catalog.specs())}


def test_a_look_goes_through_the_engine(adapters: dict[str, Any]) -> None:
    specs = {model: catalog.spec(model) for model in LOOKERS}
    pool = Pool(specs)
    engine = Engine(pool)
    try:
        for model, spec in specs.items():
            recipe = looked(spec, drawing(1))
            events = engine.follow(engine.submit(recipe, "visitor"))
            steps = [event for event in events if not isinstance(event, Waiting)]
            assert steps == alone(adapters[model], recipe)
    finally:
        engine.close()
        pool.close()


# Redrawing


def test_at_full_strength_nothing_is_left_of_the_picture(painter: StableDiffusion) -> None:
    options = {"count": 2, "steps": 5}
    words = "a red seven on a black background"
    plain = make_recipe(painter.spec, prompt=words, options=options, seed=4)
    again = looked(
        painter.spec, drawing(1), "redraw", strength=1.0, prompt=words, seed=4, **options
    )
    assert alone(painter, again) == alone(painter, plain)


@pytest.mark.parametrize(("strength", "left"), [(0.6, 6), (0.1, 1), (0.95, 10), (1.0, 10)])
def test_strength_is_the_share_of_steps_that_is_left(
    painter: StableDiffusion, strength: float, left: int
) -> None:
    recipe = looked(painter.spec, drawing(0), "redraw", strength=strength, steps=10, count=1)
    steps = alone(painter, recipe)
    assert [step.index for step in steps] == list(range(left))
    assert [step.last for step in steps] == [False] * (left - 1) + [True]


def test_a_redrawing_begins_as_the_noise_schedule_has_it(painter: StableDiffusion) -> None:
    image = drawing(2)
    recipe = looked(painter.spec, image, "redraw", strength=0.6, steps=10, count=2, seed=7)
    state = painter.begin(recipe)
    time = int(state.scheduler.timesteps[0])
    kept = float(painter.scheduler.alphas_cumprod[time])
    with torch.no_grad():
        clean = painter.vae.encode(tensor(image)).latent_dist.mode()
    clean = clean * painter.vae.config.scaling_factor
    for i, row in enumerate(state.latents):
        noise = torch.randn(row.shape, generator=torch.Generator().manual_seed(7 + i))
        expected = kept**0.5 * clean[0] + (1 - kept) ** 0.5 * noise
        assert torch.allclose(row, expected, atol=1e-5)


def test_less_noise_leaves_more_of_the_picture() -> None:
    painter = load("diffusion_mini")
    image = Image.fromarray(np.asarray(drawing(0)))
    away = []
    for strength in (0.1, 0.4, 0.9):
        recipe = looked(painter.spec, image, "redraw", strength=strength, steps=10, count=2)
        last = alone(painter, recipe)[-1]
        assert isinstance(last, ImageStep)
        drawn = np.stack([np.asarray(i, np.float64) for i in last.images])
        away.append(np.square(drawn - np.asarray(image, np.float64)).mean())
    assert away[0] < away[1] < away[2]


def test_without_words_nothing_pulls_and_with_them_guidance_does(painter: StableDiffusion) -> None:
    silent = painter.begin(looked(painter.spec, drawing(0), "redraw", guidance=4.0))
    assert silent.pull == 1.0
    said = painter.begin(looked(painter.spec, drawing(0), "redraw", guidance=4.0, prompt="a red 7"))
    said.index = len(said.scheduler.timesteps) - 1
    assert said.pull == 4.0


def test_guidance_begins_at_the_same_noise_as_in_a_whole_drawing(painter: StableDiffusion) -> None:
    options = {"guidance": 4.0, "guidance_from": 0.6, "steps": 10}
    recipe = looked(painter.spec, drawing(0), "redraw", strength=0.8, prompt="a 7", **options)
    state = painter.begin(recipe)
    pulls = []
    for index in range(8):
        state.index = index
        pulls.append(state.pull)
    assert pulls == [1.0] * 4 + [4.0] * 4  # of ten steps the first two are passed over


def test_redrawings_are_the_same_alone_and_among_others(painter: StableDiffusion) -> None:
    recipes = [
        looked(painter.spec, drawing(s), "redraw", strength=0.3 + s / 10, steps=6, count=1, seed=s)
        for s in range(4)
    ]
    recipes += [
        make_recipe(painter.spec, prompt="blue 3", options={"steps": 4, "count": 2}, seed=s)
        for s in range(2)
    ]
    for recipe, steps in zip(recipes, among_others(painter, recipes, seed=3), strict=True):
        assert steps == alone(painter, recipe)[: len(steps)]


def test_a_broken_picture_is_refused_in_words(painter: StableDiffusion) -> None:
    head = base64.b64decode(encoded(drawing(0)))[:40]
    recipe = make_recipe(
        painter.spec,
        task="redraw",
        options={"picture": base64.b64encode(head).decode()},
    )
    with pytest.raises(ValueError, match=r"^This picture cannot be read.*\.$"):
        painter.begin(recipe)
    options = tuple((k, "" if k == "picture" else v) for k, v in recipe.options)
    empty = replace(recipe, options=options)
    with pytest.raises(ValueError, match=r"^There is no picture"):
        painter.begin(empty)
