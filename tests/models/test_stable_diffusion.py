"""The originals from the hub, drawn by tiny pipelines with random weights and the same files."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.adapters import hub_diffusion, pipeline_parts, safety
from models.adapters.class_conditional import latents
from models.adapters.hub_diffusion import OriginalDiffusion
from models.adapters.pictures import to_images
from models.adapters.stable_diffusion import StableDiffusion
from models.base import ImageStep, ModelSpec, Recipe
from models.hub import cache as hub_cache
from models.networks.latent_colours import colours
from models.recipe import make_recipe
from tests import tiny_models

pytestmark = pytest.mark.slow

LATENT_PX, PICTURE_PX = 16, 128


@pytest.fixture(autouse=True)
def _local_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_cache, "folder", tiny_models.hub_folder)


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.stable_diffusion(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="module")
def turbo_spec(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return tiny_models.sd_turbo(tmp_path_factory.mktemp("turbo"))


@pytest.fixture
def adapter(spec: ModelSpec) -> Iterator[OriginalDiffusion]:
    yield from opened(spec)


@pytest.fixture
def turbo(turbo_spec: ModelSpec) -> Iterator[OriginalDiffusion]:
    yield from opened(turbo_spec)


def opened(spec: ModelSpec) -> Iterator[OriginalDiffusion]:
    """The adapter as the catalogue's import string gives it."""
    adapter = StableDiffusion.load(spec, "cpu", "float32")
    assert isinstance(adapter, OriginalDiffusion)
    yield adapter
    adapter.close()


def asked(spec: ModelSpec, prompt: str = "a red kite", seed: int = 5, **options: Any) -> Recipe:
    return make_recipe(spec, prompt=prompt, seed=seed, options={"count": 1, "steps": 4, **options})


def drawn(adapter: Any, recipe: Recipe) -> list[ImageStep]:
    """All steps of a recipe that has the model for itself."""
    return drawn_together(adapter, [recipe])[0]


def drawn_together(adapter: Any, recipes: Sequence[Recipe]) -> list[list[ImageStep]]:
    """All steps of several recipes that are drawn side by side."""
    states = [adapter.begin(recipe) for recipe in recipes]
    steps: list[list[ImageStep]] = [[] for _ in recipes]
    while left := [i for i, made in enumerate(steps) if not (made and made[-1].last)]:
        for i, result in zip(left, adapter.advance([states[i] for i in left]), strict=True):
            if isinstance(result, Exception):
                raise result
            steps[i] += [result] if result else []
    for state in states:
        adapter.end(state)
    return steps


def counted(monkeypatch: pytest.MonkeyPatch, target: Any, name: str) -> list[Any]:
    """The first argument of every call of a method from now on."""
    calls: list[Any] = []
    inner = getattr(target, name)

    def call(first: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(first)
        return inner(first, *args, **kwargs)

    monkeypatch.setattr(target, name, call)
    return calls


@torch.inference_mode()
def bare_loop(adapter: OriginalDiffusion, recipe: Recipe, guidance: float) -> Tensor:
    """What diffusers' own pipeline does between words and decoder, for all pictures in a batch."""
    parts, count = adapter.parts, recipe.integer("count")
    scheduler = type(parts.scheduler).from_config(parts.scheduler.config)
    scheduler.set_timesteps(recipe.integer("steps"))
    context = torch.cat([words(adapter, prompt) for prompt in ["", recipe.prompt]])
    context = context.repeat_interleave(count, 0)
    x = latents(recipe.seed, count, (4, LATENT_PX, LATENT_PX)) * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        rows = scheduler.scale_model_input(torch.cat([x, x]), t)
        wordless, worded = parts.unet(rows, t, encoder_hidden_states=context).sample.chunk(2)
        x = scheduler.step(wordless + guidance * (worded - wordless), t, x).prev_sample
    return torch.as_tensor(x)


def words(adapter: OriginalDiffusion, prompt: str) -> Tensor:
    tokens = adapter.parts.tokenizer(
        prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    )
    encoded: Tensor = adapter.parts.text_encoder(tokens.input_ids).last_hidden_state
    return encoded


def difference(a: Image.Image, b: Image.Image) -> int:
    """The largest, of any colour of any pixel."""
    return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max())


# The pictures.


@pytest.mark.parametrize("guidance", [0.0, 1.0, 7.5])
def test_draws_what_a_bare_loop_draws(adapter: OriginalDiffusion, guidance: float) -> None:
    recipe = asked(adapter.spec, count=2, steps=6, guidance=guidance)
    expected = bare_loop(adapter, recipe, guidance)
    images = drawn(adapter, recipe)[-1].images
    assert len(images) == 2
    for image, latent in zip(images, expected.split(1), strict=True):
        assert difference(image, adapter.finish(latent)) <= 1


def test_a_turbo_model_draws_what_its_own_scheduler_draws(turbo: OriginalDiffusion) -> None:
    assert turbo.parts.scheduler.config.timestep_spacing == "trailing"
    recipe = asked(turbo.spec, count=2, steps=3)
    expected = bare_loop(turbo, recipe, guidance=1.0)
    for image, latent in zip(drawn(turbo, recipe)[-1].images, expected.split(1), strict=True):
        assert difference(image, turbo.finish(latent)) <= 1


def test_half_precision_files_are_read_into_the_dtype_asked_for(turbo_spec: ModelSpec) -> None:
    assert sum(".fp16.safetensors" in file.path for file in turbo_spec.files) == 3
    for dtype in (torch.float32, torch.bfloat16):
        adapter = OriginalDiffusion.load(turbo_spec, "cpu", str(dtype).removeprefix("torch."))
        assert {p.dtype for n in adapter.parts.networks() for p in n.parameters()} == {dtype}
        assert drawn(adapter, asked(turbo_spec, steps=1))[-1].images[0].size == (PICTURE_PX,) * 2


def test_words_matter(adapter: OriginalDiffusion) -> None:
    kite, cow, nothing = (
        drawn(adapter, asked(adapter.spec, prompt, guidance=5))[-1].images[0]
        for prompt in ("a red kite", "a brown cow", "")
    )
    assert min(difference(a, b) for a, b in [(kite, cow), (cow, nothing), (kite, nothing)]) > 0


def test_same_picture_alone_and_among_others(adapter: OriginalDiffusion) -> None:
    recipes = [
        asked(adapter.spec, "a red kite", 5, count=2, steps=9, guidance=7.5),
        asked(adapter.spec, "a cow " * 60, 6, count=1, steps=3, guidance=0),
        asked(adapter.spec, "", 7, count=3, steps=5, guidance=1),
    ]
    together = drawn_together(adapter, recipes)
    assert together == [drawn(adapter, recipe) for recipe in recipes]


def test_same_picture_when_turns_are_short(
    adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [asked(adapter.spec, seed=seed, count=2) for seed in range(3)]
    expected = [drawn(adapter, recipe) for recipe in recipes]
    monkeypatch.setattr(hub_diffusion, "TURN_SECONDS", 0.0)
    states = [adapter.begin(recipe) for recipe in recipes]
    served = counted(monkeypatch, adapter, "_work")
    adapter.advance(states)
    adapter.advance([*states[1:], states[0]])
    adapter.advance(states)
    assert [states.index(state) for state in served] == [0, 1, 2]  # nobody waits for a second turn
    assert drawn_together(adapter, recipes) == expected


def test_picture_i_of_a_seed_is_the_first_of_the_ith_seed_after(
    adapter: OriginalDiffusion,
) -> None:
    several = drawn(adapter, asked(adapter.spec, seed=40, count=3, steps=5))
    for i in range(3):
        single = drawn(adapter, asked(adapter.spec, seed=40 + i, count=1, steps=5))
        assert [step.images[i] for step in several] == [step.images[0] for step in single]


# The steps.


def test_steps_are_numbered_and_the_long_prompt_is_noted(adapter: OriginalDiffusion) -> None:
    tokens = len(adapter.parts.tokenizer.tokenize("owl " * 200))
    steps = drawn(adapter, asked(adapter.spec, "owl " * 200, count=2, steps=3))
    assert [(s.index, s.total, s.last) for s in steps] == [
        (0, 3, False),
        (1, 3, False),
        (2, 3, True),
    ]
    note = f"only the first 75 of {tokens} word pieces count"
    assert [s.label for s in steps] == [f"step {n} of 3 · {note}" for n in (1, 2, 3)]
    assert drawn(adapter, asked(adapter.spec, "owl", steps=1))[0].label == "step 1 of 1"


def test_previews_are_a_linear_map_of_the_predicted_clean_latents(
    adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch, hub_diffusion, "colours")
    steps = drawn(adapter, asked(adapter.spec, count=2, steps=5))
    assert len(seen) == 2 * 4
    previews = [image for step in steps[:-1] for image in step.images]
    for clean, preview in zip(seen, previews, strict=True):
        assert preview.size == (LATENT_PX, LATENT_PX)
        assert preview == to_images(colours(clean))[0]
    # Linear, and of the right channels: blue lives on the fourth, with the sign turned round.
    one = torch.zeros(1, 4, 1, 1)
    one[0, 3] = 1.0
    assert colours(-2 * one).flatten().tolist() == pytest.approx([0.424, 0.5232, 1.4354])
    both = torch.cat(seen[:2])
    moved = colours(both) + colours(torch.ones_like(both))
    assert torch.allclose(colours(both + 1), moved, atol=1e-4)


@pytest.mark.parametrize(("which", "steps"), [("adapter", 7), ("turbo", 9)])
def test_the_clean_prediction_is_the_noise_taken_out(
    which: str, steps: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The formula of the schedulers' papers, x = a * clean + s * noise, over their own figures."""
    adapter: OriginalDiffusion = request.getfixturevalue(which)
    inputs: list[Tensor] = []
    noises: list[Tensor] = []
    unet = adapter.parts.unet

    def keep(module: Any, args: Any, kwargs: Any, output: Any) -> None:
        inputs.append(args[0])
        noises.append(output.sample)

    hook = unet.register_forward_hook(keep, with_kwargs=True)
    seen = counted(monkeypatch, hub_diffusion, "colours")
    options: dict[str, Any] = {"guidance": 1.0} if which == "adapter" else {}
    monkeypatch.setattr(hub_diffusion, "SHARP_EVERY", 100)
    drawn(adapter, asked(adapter.spec, steps=steps, **options))
    hook.remove()
    pattern = adapter.parts.scheduler
    pattern = type(pattern).from_config(pattern.config)
    pattern.set_timesteps(steps)
    kept = pattern.alphas_cumprod
    for i, clean in enumerate(seen):
        share = kept[pattern.timesteps[i].long()]
        expected = (inputs[i] - (1 - share).sqrt() * noises[i]) / share.sqrt()
        assert torch.allclose(clean, expected, atol=2e-3, rtol=2e-3)


def test_the_tiny_decoder_draws_at_most_once_in_eight_steps(
    turbo: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch, turbo.parts.tiny, "decode")
    state = turbo.begin(asked(turbo.spec, steps=20))
    after: list[int] = []  # decodes so far, at the end of each step
    sizes = []
    while len(after) < 20:
        (step,) = turbo.advance([state])
        assert not isinstance(step, Exception)
        if step is not None:
            after.append(len(calls))
            sizes.append(step.images[0].width)
    assert after[-1] == 3
    assert all(after[i + 8] - after[i] <= 1 for i in range(12))
    assert [i for i, size in enumerate(sizes) if size == PICTURE_PX] == [3, 11, 19]


def test_nothing_is_shown_sharply_before_it_was_checked(
    adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch, adapter.parts.tiny, "decode")
    drawn(adapter, asked(adapter.spec, steps=20))
    assert len(calls) == 1


def test_a_turbo_step_is_one_pass_of_one_picture(
    turbo: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = counted(monkeypatch, turbo.parts.unet, "forward")
    assert len(drawn(turbo, asked(turbo.spec, steps=2))) == 2
    assert [len(x) for x in rows] == [1, 1]


def test_a_guided_step_is_one_pass_with_and_without_words(
    adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = counted(monkeypatch, adapter.parts.unet, "forward")
    drawn(adapter, asked(adapter.spec, count=2, steps=2, guidance=4))
    assert [len(x) for x in rows] == [2, 2, 2, 2]  # no more passes than steps, as PNDM would have


# The safety checker.


def blocking(adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch, *which: int) -> None:
    """Make the checker object to the pictures of these numbers: its thresholds fall to -2."""
    checker = adapter.parts.checker
    assert checker is not None
    thresholds = checker.network.concept_embeds_weights
    inner, seen = checker.processor, list[Image.Image]()

    def process(**kwargs: Any) -> Any:
        thresholds.data.fill_(-2.0 if len(seen) in which else 2.0)
        seen.append(kwargs["images"])
        return inner(**kwargs)

    monkeypatch.setattr(checker, "processor", process)


def test_what_the_checker_objects_to_is_held_back_and_said(
    adapter: OriginalDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = asked(adapter.spec, count=4, steps=2)
    allowed = drawn(adapter, recipe)[-1]
    assert allowed.held_back == ()
    assert allowed.label == "step 2 of 2"
    blocking(adapter, monkeypatch, 1)
    step = drawn(adapter, recipe)[-1]
    assert step.held_back == (1,)
    assert step.label == (
        "step 2 of 2 · picture 2 of 4 was held back by the model's safety checker; "
        "another seed may do"
    )
    assert [a == b for a, b in zip(step.images, allowed.images, strict=True)] == [1, 0, 1, 1]
    assert step.images[1] == safety.blank((PICTURE_PX, PICTURE_PX))
    assert np.asarray(step.images[1]).min() > 150  # no black square


def test_the_checker_looks_at_the_picture_as_clip_was_taught(adapter: OriginalDiffusion) -> None:
    checker = adapter.parts.checker
    assert checker is not None
    wide = Image.new("RGB", (512, 300), (255, 0, 0))
    pixels = checker.processor(images=wide, return_tensors="pt").pixel_values
    assert pixels.shape == (1, 3, 224, 224)
    assert pixels[0, :, 0, 0].tolist() == pytest.approx([1.9303, -1.7521, -1.4802], abs=1e-3)
    assert not checker.objects_to(wide)


@pytest.mark.parametrize(
    ("held_back", "count", "sentence"),
    [
        ((), 4, ""),
        ((0,), 1, "the picture was held back"),
        ((2,), 3, "picture 3 of 3 was held back"),
        ((0, 2), 4, "pictures 1 and 3 of 4 were held back"),
        ((0, 1, 3), 4, "pictures 1, 2 and 4 of 4 were held back"),
    ],
)
def test_it_is_said_which(held_back: tuple[int, ...], count: int, sentence: str) -> None:
    said = safety.explain(held_back, count)
    assert said.startswith(sentence)
    assert bool(said) == said.endswith("by the model's safety checker; another seed may do")


def test_only_the_operator_switches_the_checker_off(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = OriginalDiffusion.load(spec, "cpu", "float32")
    monkeypatch.setenv("PLAYGROUND_SAFETY", "0")
    free = OriginalDiffusion.load(spec, "cpu", "float32")
    assert checked.parts.checker is not None
    assert free.parts.checker is None
    assert free.nbytes() < checked.nbytes()
    recipe = asked(spec, steps=2)
    assert drawn(free, recipe)[-1] == drawn(checked, recipe)[-1]


# Memory, failures, files.


def test_only_what_is_used_is_held(spec: ModelSpec, turbo_spec: ModelSpec) -> None:
    parts = pipeline_parts.read(spec, "cpu", "float32")
    assert parts.vae is None
    assert parts.tiny.encoder is None
    adapter = OriginalDiffusion(spec, parts, "cpu")
    listed = {id(t): t.nbytes for n in parts.networks() for t in n.state_dict().values()}
    assert adapter.nbytes() >= sum(listed.values()) > 0
    adapter.close()
    assert adapter.nbytes() == 0


def test_the_full_decoder_finishes_where_there_is_a_gpu(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a GPU at hand: networks stay where they are, whatever the device is called."""
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, *args, **kwargs: self)
    parts = pipeline_parts.read(spec, "cuda", "float32")
    assert parts.tiny is None  # the checker allows no sharp previews, so it has nothing to do
    assert parts.vae.encoder is None
    monkeypatch.setenv("PLAYGROUND_SAFETY", "0")
    assert pipeline_parts.read(spec, "cuda", "float32").tiny is not None
    adapter = OriginalDiffusion(spec, parts, "cpu")
    clean = torch.randn(1, 4, LATENT_PX, LATENT_PX, generator=torch.Generator().manual_seed(0))
    whole = diffusers.AutoencoderKL.from_pretrained(
        Path(spec.source) / "vae", low_cpu_mem_usage=False
    )
    with torch.inference_mode():
        expected = whole.decode(clean / whole.config.scaling_factor).sample
        assert adapter.finish(clean) == to_images(expected)[0]


def test_without_a_tiny_decoder_the_full_one_finishes(spec: ModelSpec) -> None:
    own = replace(spec, files=tuple(file for file in spec.files if not file.repository))
    adapter = OriginalDiffusion.load(own, "cpu", "float32")
    assert adapter.parts.tiny is None
    assert drawn(adapter, asked(own, steps=9))[-1].images[0].size == (PICTURE_PX, PICTURE_PX)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), torch.OutOfMemoryError),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"), RuntimeError),
        (ArithmeticError("anything else"), ArithmeticError),
    ],
)
@pytest.mark.parametrize("call", [0, 3])
def test_a_failure_ends_its_own_run_only(
    adapter: OriginalDiffusion,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[Exception],
    call: int,
) -> None:
    recipes = [asked(adapter.spec, seed=seed, count=2, guidance=3) for seed in (1, 2, 3)]
    expected = [drawn(adapter, recipe) for recipe in recipes]
    states = [adapter.begin(recipe) for recipe in recipes]
    adapter.advance(states)  # the words
    inner, calls = adapter.parts.unet.forward, list[int]()

    def forward(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 3 * call + 2:  # three runs take turns, the second one is unlucky
            raise error
        return inner(*args, **kwargs)

    monkeypatch.setattr(adapter.parts.unet, "forward", forward)
    steps: list[list[Any]] = [[], [], []]
    while any(s and not isinstance(s[-1], Exception) and not s[-1].last for s in steps) or not all(
        steps
    ):
        left = [i for i in range(3) if not (steps[i] and is_over(steps[i][-1]))]
        for i, result in zip(left, adapter.advance([states[i] for i in left]), strict=True):
            steps[i] += [result] if result else []
    assert type(steps[1][-1]) is kind
    assert steps[1][:-1] == expected[1][: len(steps[1]) - 1]
    assert [steps[0], steps[2]] == [expected[0], expected[2]]
    for state in states:
        adapter.end(state)
    assert drawn(adapter, recipes[1]) == expected[1]


def is_over(result: ImageStep | Exception) -> bool:
    return isinstance(result, Exception) or result.last


def test_ended_at_any_moment_it_leaves_the_model_usable(adapter: OriginalDiffusion) -> None:
    recipe = asked(adapter.spec, count=2)
    expected = drawn(adapter, recipe)
    for pieces in range(6):
        state = adapter.begin(recipe)
        for _ in range(pieces):
            adapter.advance([state])
        adapter.end(state)
    assert drawn(adapter, recipe) == expected


def test_closed_and_loaded_again_it_draws_the_same(spec: ModelSpec) -> None:
    recipe = asked(spec, steps=3)
    first = OriginalDiffusion.load(spec, "cpu", "float32")
    expected = drawn(first, recipe)
    first.close()
    assert drawn(OriginalDiffusion.load(spec, "cpu", "float32"), recipe) == expected


def test_only_listed_files_are_read(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle beside them, as many repositories have it, is not even looked at."""
    bad = Path(spec.source) / "unet" / "diffusion_pytorch_model.bin"
    bad.write_bytes(b"no model")
    opened: list[str] = []
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: opened.append("pickle"))
    try:
        OriginalDiffusion.load(spec, "cpu", "float32")
    finally:
        os.remove(bad)
    assert not opened
    for missing in ("unet/", "safety_checker/"):
        files = tuple(file for file in spec.files if not file.path.startswith(missing))
        lacking = replace(spec, files=files)
        if missing == "unet/":
            with pytest.raises(FileNotFoundError, match="lists no files of its unet"):
                pipeline_parts.read(lacking, "cpu", "float32")
        else:
            assert pipeline_parts.read(lacking, "cpu", "float32").checker is None


@pytest.mark.parametrize("part", ["unet", "text_encoder", "safety_checker"])
def test_weights_that_lack_something_are_refused(
    spec: ModelSpec, part: str, tmp_path: Path
) -> None:
    """Both libraries would go on with random numbers, and say so only in a log."""
    lacking = replace(spec, source=str(shutil.copytree(spec.source, tmp_path / "main")))
    (file,) = (tmp_path / "main" / part).glob("*.safetensors")
    tensors = load_file(file)
    tensors.pop(sorted(tensors)[0])
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"do not fit: its .* lacks 1 tensors"):
        pipeline_parts.read(lacking, "cpu", "float32")


def test_an_autoencoder_with_the_names_of_2022_is_read(spec: ModelSpec, tmp_path: Path) -> None:
    """As Stable Diffusion 1.5's own file has them."""
    without_tiny = tuple(file for file in spec.files if not file.repository)
    new = pipeline_parts.read(replace(spec, files=without_tiny), "cpu", "float32").vae
    source = shutil.copytree(spec.source, tmp_path / "main")
    (file,) = (source / "vae").glob("*.safetensors")
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    tensors = load_file(file)
    for now, then in names.items():
        for key in [key for key in tensors if f".{now}." in key]:
            tensors[key.replace(now, then)] = tensors.pop(key)
    assert sum(".query." in key for key in tensors) == 4  # encoder and decoder, weight and bias
    save_file(tensors, file, metadata={"format": "pt"})
    old_spec = replace(spec, source=str(source), files=without_tiny)
    old = pipeline_parts.read(old_spec, "cpu", "float32").vae
    for key, tensor in new.state_dict().items():
        assert torch.equal(old.state_dict()[key], tensor), key


@pytest.mark.parametrize(
    ("part", "prefix"),
    [("text_encoder", "text_model."), ("safety_checker", "vision_model.vision_model.")],
)
def test_files_with_the_names_of_the_hub_are_read(spec: ModelSpec, part: str, prefix: str) -> None:
    """Newer transformers have other names inside; every tensor must find its place."""
    parts = pipeline_parts.read(spec, "cpu", "float32")
    assert parts.checker is not None
    network = parts.text_encoder if part == "text_encoder" else parts.checker.network
    (file,) = (Path(spec.source) / part).glob("*.safetensors")
    stored = load_file(file)
    assert f"{prefix}encoder.layers.0.self_attn.q_proj.weight" in stored
    held = {short(name): tensor for name, tensor in network.named_parameters()}
    assert {short(name) for name in stored} == set(held)
    for name, tensor in stored.items():
        assert torch.equal(held[short(name)], tensor), name


def short(name: str) -> str:
    """A tensor's name without the prefixes that come and go."""
    return re.sub("^(text_model|vision_model)[.]", "", name).removeprefix("vision_model.")


def test_a_scheduler_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="scheduler that is not supported: LCMScheduler"):
        pipeline_parts.solver({"_class_name": "LCMScheduler"})


def test_prints_nothing(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    adapter = OriginalDiffusion.load(spec, "cpu", "float32")
    blocking(adapter, monkeypatch, 0)
    assert drawn(adapter, asked(spec, "a kite " * 300, steps=2))[-1].held_back == (0,)
    adapter.close()
    assert capfd.readouterr() == ("", "")


def test_the_words_of_the_miniature_pull_from_a_part_of_the_way_on(tmp_path: Path) -> None:
    spec = tiny_models.diffusion_mini(tmp_path)
    miniature = StableDiffusion.load(spec, "cpu", "float32")

    def pictures(**options: float) -> bytes:
        state = miniature.begin(
            make_recipe(spec, prompt="a red seven", options={"count": 1, "steps": 4, **options})
        )
        step: Any = None
        while step is None or not step.last:
            (step,) = miniature.advance([state])
        return bytes(step.images[0].tobytes())

    late = {share: pictures(guidance=9.0, guidance_from=share) for share in (0.0, 0.5, 1.0)}
    assert len(set(late.values())) == 3
    assert late[1.0] == pictures(guidance=1.0, guidance_from=0.0)
    # Whoever wants the words ignored has them ignored from the start.
    assert pictures(guidance=0.0, guidance_from=1.0) == pictures(guidance=0.0, guidance_from=0.0)
