"""Joining modules into one script: what is understood, what is refused, and what a page runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from playground.registry import FEATURES
from playground.stack import shipped_files
from playground.web import assets, linker
from playground.web.linker import LinkError, link, modules


@pytest.fixture
def folder(tmp_path: Path):
    """Writes scripts by name, and says where each lies."""

    def write(**scripts: str) -> dict[str, Path]:
        files = {}
        for name, text in scripts.items():
            files[name] = tmp_path / f"{name}.js"
            files[name].write_text(text, encoding="utf-8")
        return files

    return write


def order(script: str) -> list[str]:
    return re.findall(r"\$modules\.(\w+)\?\?=", script)


def test_what_is_imported_stands_before_what_imports_it(folder) -> None:
    files = folder(
        a='import { b } from "./b.js";\nimport { c } from "./c.js";\nexport const a = b + c;\n',
        b='import { c } from "./c.js";\nexport const b = c + 1;\n',
        c="export const c = 1;\n",
    )
    assert [file.stem for file in modules(files["a"])] == ["c", "b", "a"]
    assert order(link(files["a"])) == ["c", "b", "a"]


def test_a_module_is_defined_with_what_it_exports_and_names_are_bound(folder) -> None:
    files = folder(
        one="export const first = 1;\nexport function second() {}\nexport class Third {}\n"
        "export async function fourth() {}\nexport function* fifth() {}\nconst own = 6;\n",
        two='import {\n  first,\n  second as other,\n} from "./one.js";\nother(first);\n',
    )
    script = link(files["two"])
    assert "return Object.freeze({first,second,Third,fourth,fifth});" in script
    assert "const {first,second:other}=$modules.one;" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)


def test_what_the_page_holds_is_left_out_but_bound(folder) -> None:
    files = folder(kit="export const el = 1;\n", scene='import { el } from "./kit.js";\nel;\n')
    script = link(files["scene"], held={files["kit"]})
    assert order(script) == ["scene"]
    assert "const {el}=$modules.kit;" in script


def test_several_entries_share_their_modules(folder) -> None:
    files = folder(
        kit="export const el = 1;\n",
        a='import { el } from "./kit.js";\nel;\n',
        b='import { el } from "./kit.js";\nel;\n',
    )
    assert order(link(files["a"], files["b"])) == ["kit", "a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./b.js";\n',
        'import * as x from "./b.js";\n',
        'import "./b.js";\n',
        'import { b } from "elsewhere";\n',
        'import { b } from "https://elsewhere/b.js";\n',
        'const x = await import("./b.js");\n',
        "const x = import.meta.url;\n",
        "export default 1;\n",
        "export let x = 1;\n",
        "const x = 1;\nexport { x };\n",
        'export * from "./b.js";\n',
        'function f() {\n  import { b } from "./b.js";\n}\n',
    ],
)
def test_other_forms_are_refused(folder, text: str) -> None:
    files = folder(a=text, b="export const b = 1;\n")
    with pytest.raises(LinkError, match=r"a\.js has a form of import or export"):
        link(files["a"])


def test_a_circle_is_refused_and_named(folder) -> None:
    files = folder(
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { c } from "./c.js";\nexport const b = 1;\n',
        c='import { b } from "./b.js";\nexport const c = 1;\n',
    )
    with pytest.raises(LinkError, match=r"b\.js -> c\.js -> b\.js"):
        link(files["a"])


def test_names_that_are_not_there_are_refused(folder) -> None:
    files = folder(
        a='import { nothing } from "./b.js";\n',
        b="export const b = 1;\n",
        c='import { c } from "./away.js";\n',
        d='import { "b" as d } from "./b.js";\n',
    )
    with pytest.raises(LinkError, match=r"imports nothing, which b\.js does not export"):
        link(files["a"])
    with pytest.raises(LinkError, match="There is no module"):
        link(files["c"])
    with pytest.raises(LinkError, match="which is no name"):
        link(files["d"])


def test_two_modules_of_one_name_are_refused(folder, tmp_path: Path) -> None:
    other = tmp_path / "other" / "b.js"
    other.parent.mkdir()
    other.write_text("export const x = 1;\n")
    files = folder(
        a='import { b } from "./b.js";\nimport { x } from "./other/b.js";\nb + x;\n',
        b="export const b = 1;\n",
    )
    with pytest.raises(LinkError, match="have the same name"):
        link(files["a"])


def test_comments_of_their_own_lines_are_left_out(folder) -> None:
    files = folder(
        a="// One `tick`.\n/**\n * Two.\n * @type {number}\n */\nexport const a = 1; // three\n",
        b="export const b = `\n// no comment\n`;\n",
        c="export const c = (\n  /** @type {string} */ one,\n  /** @type {string} */ other,\n)"
        " => one + other;\n/** Four. */\nexport const d = 5;\n",
    )
    assert "*/ one,\n  /** @type {string} */ other,\n)" in link(files["c"])
    assert "Four" not in link(files["c"])
    script = link(files["a"])
    assert "three" in script
    assert "tick" not in script
    assert "Two" not in script
    with pytest.raises(LinkError, match="a comment within a template"):
        link(files["b"])


# The scripts of the playground


def scripts() -> list[Path]:
    return [*assets.FEATURES.rglob("*.js"), *assets.KIT.glob("*.js")]


def test_every_module_can_be_linked_and_none_has_the_name_of_another() -> None:
    assert len({file.stem for file in scripts()}) == len(scripts())
    for file in scripts():
        assert f"$modules.{file.stem}??=" in link(file)


def test_what_is_fetched_leaves_out_what_the_page_holds() -> None:
    held = {file.stem for file in assets.held()}
    files = shipped_files(FEATURES, Path("weights")).values()
    fetched = [set(order(assets.content(file).decode())) for file in files if file.suffix == ".js"]
    assert len(fetched) > 20
    assert all(fetched)
    assert not held & set.union(*fetched)


def test_an_address_changes_with_what_is_linked(folder, monkeypatch) -> None:
    files = folder(
        kit="export const el = 1;\n",
        part="export const part = 1;\n",
        a='import { el } from "./kit.js";\nimport { part } from "./part.js";\nel + part;\n',
    )
    monkeypatch.setattr(assets, "PAGE", files["kit"])
    for cached in (assets.held, assets.script, linker._read):
        cached.cache_clear()
    before = assets.address(files["a"])
    files["part"].write_text("export const part = 2;\n", encoding="utf-8")
    for cached in (assets.held, assets.script, linker._read):
        cached.cache_clear()
    after = assets.address(files["a"])
    for cached in (assets.held, assets.script, linker._read):
        cached.cache_clear()
    assert re.fullmatch(r"shipped/a\.js\?v=[0-9a-f]{8}", before)
    assert before != after


def test_no_module_stands_twice_on_a_page_and_each_script_in_its_own_element(folder) -> None:
    files = folder(
        a='export const a = "a";\n',
        b='export const b = "b";\n',
    )
    html = assets.scripts(files["a"], files["b"])
    defined = order(html)
    assert sorted(defined) == sorted(set(defined))
    assert defined[-2:] == ["a", "b"]
    assert html.count("<script>") == html.count("</script>") == 3


def test_text_that_would_end_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="would end the element"):
        assets.inline('const x = "</script>";')
