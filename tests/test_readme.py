"""The worked example of the map: a model added as it says, through real pool, engine and page."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from models.base import ModelSpec, TokenStep
from models.engine import Engine
from models.options import WRITING
from models.pool import Pool
from models.recipe import make_recipe

ROOT = Path(__file__).parent.parent
MODULE = "models.adapters.alphabet"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def blocks() -> list[str]:
    """The Python of the section, block by block."""
    text = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    section = text.split("## How to add a model\n")[1].split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """What the catalogue would hold; its adapter is there as if the file were."""
    adapter, entry = blocks()
    assert adapter.startswith("# models/adapters/alphabet.py\n")
    module = ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, module)
    exec(compile(adapter, "models/README.md", "exec"), module.__dict__)
    found: Any = eval(entry, {"ModelSpec": ModelSpec, "WRITING": WRITING})
    assert isinstance(found, ModelSpec)
    return found


def carry_out(engine: Engine, spec: ModelSpec, prompt: str, seed: int = 0) -> list[TokenStep]:
    recipe = make_recipe(spec, prompt=prompt, options={"length": 60}, seed=seed)
    run = engine.submit(recipe, f"visitor {seed} {prompt}")
    return [step for step in engine.follow(run) if isinstance(step, TokenStep)]


def test_the_models_steps_are_as_promised(spec: ModelSpec):
    pool = Pool({spec.id: spec})
    engine = Engine(pool)
    try:
        steps = carry_out(engine, spec, "x")
        text = "".join(step.text for step in steps)
        assert text.startswith(("yz", "za", "ya", "zb"))
        assert [step.index for step in steps] == list(range(60))
        assert [step.last for step in steps] == [False] * 59 + [True]
        for before, step in zip("x" + text, steps, strict=False):
            ahead = (LETTERS.index(step.text) - LETTERS.index(before)) % 26
            assert (step.rank, step.probability) == ((0, 0.9) if ahead == 1 else (1, 0.1))
            assert [c.text for c in step.top][step.rank] == step.text
        assert carry_out(engine, spec, "x") == steps
        assert carry_out(engine, spec, "x", seed=1) != steps
        with pytest.raises(ValueError, match="a to z alone"):
            carry_out(engine, spec, "7")
    finally:
        engine.close()
        pool.close()
