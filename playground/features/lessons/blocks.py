"""The blocks of a lesson's step: lines of `key: value`, read into what a page can show.

A line that begins with two spaces goes on with the value above it. A value in double quotes is read
as JSON, so that a prompt can hold a new line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from models.base import Control, ModelSpec, Recipe
from models.datasets import Concept
from models.experiments import results
from models.recipe import check_seed, make_recipe
from playground.features.lessons import facts as lesson_facts
from playground.features.lessons.budget import spend
from playground.features.lessons.lines import Pair, Problems, listed, pairs, single, whole_number

TASKS = ("generate", "score", "walk")
"""What a card of a lesson can show; the other looks inside have drawers of their own."""
MOST_RECIPES = 6
MOST_OPTIONS = 6
LETTERS = "ABCDEF"
"""How the cards of a blind preset are called."""
_SETTINGS = ("show", "lock", "blind")  # of a preset as a whole
_OWN = ("model", "models", "task", "prompt", "seed", "concept")  # the rest are options of models
_QUESTION = ("ask", "option", "answer", "why", "unit", "low", "high", "step")
_OF_HUNDRED = ("of 100", "%")
_COMPARED = {"largest": max, "smallest": min}


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown for everybody, or for who goes deeper."""

    words: str
    deeper: bool = False


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """The shipped result of a claim."""

    claim: str


@dataclass(frozen=True, slots=True)
class SceneShown:
    """A scene of the first page."""

    name: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Preset:
    """Recipes side by side.

    Args:
        shown: what may be changed: prompt, seed, concept, or options of its models.
        locked: what is shown but cannot be changed.
        blind: whether the cards hide their models until the question is answered.
    """

    recipes: tuple[Recipe, ...]
    shown: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    blind: bool = False
    concept: Concept | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose; `means` is what a computed answer knows it by."""

    words: str
    means: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A guess to commit to: one of several options, or a number.

    Args:
        answer: the words of the right option, or the number; "" where opinions are asked for.
        why: Markdown that is shown with it.
        unit, low, high, step: of a number.
        computed: how the answer is found, while it is not yet; see `resolved`.
    """

    ask: str
    line: int
    options: tuple[Option, ...] = ()
    answer: str = ""
    why: str = ""
    unit: str = ""
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    computed: Pair | None = None

    def resolved(self, before: Sequence[Block], problems: Problems) -> Question:
        """With the answer “model ID” turned into the letter of that model's blind card."""
        if self.computed is None:
            return self
        model = self.computed.value.removeprefix("model ")
        cards = [r.model for b in before if isinstance(b, Preset) and b.blind for r in b.recipes]
        letter = LETTERS[cards.index(model)] if model in cards else ""
        known = letter in {option.words for option in self.options}
        if not known and not problems.found:  # a card may be missing for another reason
            sentence = f"No blind card above is of “{model}”, with its letter among the options."
            problems.add(self.computed.line, sentence)
        return replace(self, answer=letter, computed=None)


@dataclass(frozen=True, slots=True)
class Teacher:
    """What the teacher's page says of a step."""

    minutes: int
    say: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


Block: TypeAlias = Prose | Preset | ClaimShown | SceneShown | Question | Teacher


# Blocks


def read_block(
    kind: str, content: str, line: int, specs: Mapping[str, ModelSpec], problems: Problems
) -> Block | None:
    """One fenced block; None, with a problem, if it is none.

    Args:
        line: where its fence stands; the content begins one below.
    """
    words = content.strip()
    plain: Mapping[str, Callable[[], Block]] = {
        "claim": lambda: _claim(words, line, problems),
        "scene": lambda: SceneShown(words, line + 1),
        "more": lambda: Prose(content, deeper=True),
    }
    keyed: Mapping[str, Callable[[Sequence[Pair]], Block]] = {
        "preset": lambda found: read_preset(found, line, specs, problems),
        "question": lambda found: _question(found, line, specs, problems),
        "teacher": lambda found: _teacher(found, line, problems),
    }
    if kind in plain:
        return plain[kind]()
    if kind in keyed:
        return keyed[kind](pairs(content.splitlines(), line + 1, problems))
    known = listed([*keyed, *plain])
    problems.add(line, f"There is no block called “{kind}”; there are {known}.")
    return None


def _claim(claim: str, line: int, problems: Problems) -> ClaimShown:
    if claim not in results.ids():
        problems.add(line + 1, f"There is no claim “{claim}”; there are {listed(results.ids())}.")
    elif results.shipped(claim) is None:
        problems.add(line + 1, f"No result is shipped for “{claim}”.")
    return ClaimShown(claim)


def _teacher(found: Sequence[Pair], line: int, problems: Problems) -> Teacher:
    several = ("say", "expect", "wrong")
    by_key = single(found, ("minutes", *several), problems, several)
    if "minutes" not in by_key:
        problems.add(line, "A teacher block says how many minutes its step takes.")
    minutes = whole_number(by_key.get("minutes"), 1, 120, problems)
    said = {key: tuple(pair.value for pair in found if pair.key == key) for key in several}
    return Teacher(minutes or 0, **said)


# Presets


def read_preset(
    found: Sequence[Pair], line: int, specs: Mapping[str, ModelSpec], problems: Problems
) -> Preset:
    """Recipes that stand side by side.

    Each begins with `model: ID`, or `models: ID ID …` for several that are asked for the same.
    `prompt`, `seed`, `task` and options of the model follow; `concept: 7 red black` asks each model
    of the digits world in its own way. `show` and `lock` name controls, `blind: yes` hides models.
    """
    before = len(problems.found)
    whole = single([p for p in found if p.key in _SETTINGS], _SETTINGS, problems)
    recipes: list[Recipe] = []
    concept = None
    for group in _groups([p for p in found if p.key not in _SETTINGS], problems):
        asked = _concept(group, problems)
        concept = concept or asked
        recipes += _recipes(group, asked, specs, problems)
    if not recipes and len(problems.found) == before:
        problems.add(line, "A preset begins with “model: …”.")
    if len(recipes) > MOST_RECIPES:
        problems.add(line, f"A preset has at most {MOST_RECIPES} recipes.")
    shown, locked = (_words(whole.get(key)) for key in ("show", "lock"))
    if len(problems.found) == before:
        names = _changeable(recipes, concept, specs)
        for key in ("show", "lock"):
            _check_names(whole.get(key), names, problems)
    blind = "blind" in whole and whole["blind"].value == "yes"
    if "blind" in whole and whole["blind"].value not in {"yes", "no"}:
        problems.add(whole["blind"].line, "“blind” is yes or no.")
    return Preset(tuple(recipes), shown, locked, blind, concept)


def _groups(found: Sequence[Pair], problems: Problems) -> Iterator[list[Pair]]:
    group: list[Pair] = []
    for pair in found:
        if pair.key in {"model", "models"}:
            if group:
                yield group
            group = [pair]
        elif group:
            group.append(pair)
        else:
            problems.add(pair.line, f"“{pair.key}” stands before the first “model: …”.")
    if group:
        yield group


def _concept(group: Sequence[Pair], problems: Problems) -> Concept | None:
    pair = next((pair for pair in group if pair.key == "concept"), None)
    if pair is None:
        return None
    words = pair.value.split()
    if len(words) != 3 or not words[0].isdecimal():
        problems.add(pair.line, "A concept is a digit, an ink and a paper, such as 7 red black.")
        return None
    try:
        return Concept(int(words[0]), words[1], words[2])
    except ValueError as error:
        problems.add(pair.line, str(error))
        return None


def _recipes(
    group: Sequence[Pair],
    concept: Concept | None,
    specs: Mapping[str, ModelSpec],
    problems: Problems,
) -> Iterator[Recipe]:
    """The recipe of every model that a group names."""
    head, *rest = group
    options = {pair.key: pair for pair in rest if pair.key not in _OWN}
    own = single([pair for pair in rest if pair.key in _OWN], _OWN, problems)
    single(rest, [*_OWN, *options], problems)
    for model in head.value.split():
        spend()
        if model not in specs:
            problems.add(head.line, f"There is no model called “{model}” here.")
            continue
        recipe = _recipe(specs[model], head, own, options, concept, problems)
        if recipe is not None:
            yield recipe


def _recipe(
    spec: ModelSpec,
    head: Pair,
    own: Mapping[str, Pair],
    options: Mapping[str, Pair],
    concept: Concept | None,
    problems: Problems,
) -> Recipe | None:
    task = own["task"].value if "task" in own else "generate"
    before = len(problems.found)
    _check_task(spec, task, own.get("task"), problems)
    _check_seed(own.get("seed"), problems)
    controls = {control.name: control for control in (*spec.controls, *spec.inputs.get(task, ()))}
    given = {n: _value(spec, controls.get(n), pair, problems) for n, pair in options.items()}
    asked = _asked(spec, controls, concept) if concept else {}
    prompt = own["prompt"].value if "prompt" in own else str(asked.pop("prompt", ""))
    seed = own["seed"].value if "seed" in own else 0
    if len(problems.found) > before:
        return None
    try:
        return make_recipe(spec, task=task, prompt=prompt, options={**asked, **given}, seed=seed)
    except ValueError as error:
        problems.add(own["prompt"].line if "prompt" in own else head.line, str(error))
        return None


def _check_task(spec: ModelSpec, task: str, pair: Pair | None, problems: Problems) -> None:
    if pair is None:
        return
    if task not in TASKS:
        problems.add(pair.line, f"A lesson’s cards can {listed(TASKS)}, not “{task}”.")
    elif task != "generate" and task not in spec.can:
        problems.add(pair.line, f"{spec.name} cannot do “{task}”.")


def _check_seed(pair: Pair | None, problems: Problems) -> None:
    try:
        check_seed(pair.value if pair else 0)
    except ValueError as error:
        problems.add(pair.line if pair else 0, str(error))


def _value(spec: ModelSpec, control: Control | None, pair: Pair, problems: Problems) -> object:
    """An option's value, checked by its control."""
    if control is None:
        problems.add(pair.line, f"{spec.name} has no option called {pair.key}.")
        return pair.value
    try:
        return control.check(pair.value)
    except ValueError as error:
        problems.add(pair.line, str(error))
        return pair.value


def _asked(spec: ModelSpec, controls: Mapping[str, Control], concept: Concept) -> dict[str, object]:
    """A concept as one model is asked for it: by labels, or in words."""
    if "digit" in controls:
        return {"digit": concept.digit, "ink": concept.ink, "paper": concept.paper}
    return {"prompt": concept.caption} if "prompt" in spec.can else {}


def _changeable(
    recipes: Sequence[Recipe], concept: Concept | None, specs: Mapping[str, ModelSpec]
) -> list[str]:
    """Names of all that a student may be given to change."""
    names = ["seed", *(["concept"] if concept else [])]
    if any("prompt" in specs[recipe.model].can for recipe in recipes):
        names.append("prompt")
    return list(dict.fromkeys([*names, *(n for r in recipes for n, _ in r.options)]))


def _words(pair: Pair | None) -> tuple[str, ...]:
    return tuple(pair.value.split()) if pair else ()


def _check_names(pair: Pair | None, names: Collection[str], problems: Problems) -> None:
    for word in _words(pair):
        if pair is not None and word not in names:
            problems.add(
                pair.line, f"There is no “{word}” to {pair.key}; there are {listed(names)}."
            )


# Questions


def _question(
    found: Sequence[Pair], line: int, specs: Mapping[str, ModelSpec], problems: Problems
) -> Question:
    by_key = single(found, _QUESTION, problems, several=("option",))
    options = [pair for pair in found if pair.key == "option"]
    answer = by_key.get("answer")
    if "ask" not in by_key:
        problems.add(line, "A question says what it asks: “ask: …”.")
    words = {key: by_key[key].value if key in by_key else "" for key in ("ask", "why", "unit")}
    question = Question(words["ask"], line, why=words["why"], unit=words["unit"])
    if options:
        for key in ("unit", "low", "high", "step"):
            if key in by_key:
                problems.add(by_key[key].line, f"“{key}” is for a question without options.")
        return _choice(question, options, answer, specs, problems)
    return _number(question, by_key, specs, problems)


def _choice(
    question: Question,
    given: Sequence[Pair],
    answer: Pair | None,
    specs: Mapping[str, ModelSpec],
    problems: Problems,
) -> Question:
    computed = answer is not None and answer.value.split(" ")[0] in {*_COMPARED, "verdict"}
    options = [_option(pair.value, computed) for pair in given]
    question = replace(question, options=tuple(options))
    if not 2 <= len(options) <= MOST_OPTIONS:
        sentence = f"A question has 2 to {MOST_OPTIONS} options, or none and asks for a number."
        problems.add(given[-1].line, sentence)
    if len({option.words for option in options}) < len(options):
        problems.add(given[-1].line, "Two options say the same.")
    if answer is None:
        return question
    if answer.value.startswith("model "):
        return replace(question, computed=answer)
    if not computed:
        if answer.value not in {option.words for option in options}:
            problems.add(answer.line, f"The answer “{answer.value}” is none of the options.")
        return replace(question, answer=answer.value)
    try:
        found = _computed(answer.value, options, specs)
    except ValueError as error:
        problems.add(answer.line, str(error))
        return question
    return replace(question, answer=found)


def _option(words: str, computed: bool) -> Option:
    said, _, means = words.rpartition(" = ") if computed else (words, "", "")
    return Option(said.strip(), means.strip()) if said else Option(words)


def _computed(how: str, options: Sequence[Option], specs: Mapping[str, ModelSpec]) -> str:
    """The words of the option that the shipped figures point at; ValueError in words."""
    word, _, claim = how.partition(" ")
    if word == "verdict":
        found = lesson_facts.verdict(claim.strip()).word
        right = [option.words for option in options if option.means == found]
    else:
        values = {option.words: lesson_facts.figure(option.means, specs) for option in options}
        best = _COMPARED[word](values.values())
        right = [name for name, value in values.items() if value == best]
    if len(right) != 1:
        raise ValueError(f"By the figures {len(right)} of the options are right, not one.")
    return right[0]


def _number(
    question: Question,
    by_key: Mapping[str, Pair],
    specs: Mapping[str, ModelSpec],
    problems: Problems,
) -> Question:
    if "answer" not in by_key:
        problems.add(question.line, "A question without options asks for a number: “answer: …”.")
        return question
    values = {"low": question.low, "high": question.high, "step": question.step, "answer": 0.0}
    for key in (key for key in values if key in by_key):
        try:
            values[key] = lesson_facts.figure(by_key[key].value, specs)
        except ValueError as error:
            problems.add(by_key[key].line, str(error))
            return question
    answer = values.pop("answer")
    if not values["low"] <= answer <= values["high"] or values["step"] <= 0:
        sentence = f"The answer, {answer:.3g}, does not lie between low and high."
        problems.add(by_key["answer"].line, sentence)
    _check_unit(by_key["answer"], question.unit, problems)
    whole = values["step"] >= 1 and answer >= 10  # nobody could guess a part of one
    return replace(
        question,
        answer=f"{answer:.0f}" if whole else f"{answer:.3g}",
        low=values["low"],
        high=values["high"],
        step=values["step"],
    )


def _check_unit(answer: Pair, unit: str, problems: Problems) -> None:
    """A share is asked for as a hundred times itself, in percent or of a hundred."""
    found = lesson_facts.unit_of(answer.value)
    if found == "share":
        problems.add(answer.line, f"“{answer.value}” is a share: ask for 100 times of it.")
    elif found == "percent" and unit not in _OF_HUNDRED:
        problems.add(answer.line, f"A share is asked for with “unit: {_OF_HUNDRED[0]}”.")


def as_request(recipe: Recipe) -> dict[str, Any]:
    """A recipe as the browser asks for it."""
    return {
        "model": recipe.model,
        "task": recipe.task,
        "prompt": recipe.prompt,
        "options": dict(recipe.options),
        "seed": recipe.seed,
    }
