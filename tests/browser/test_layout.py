"""How things stand beside each other: cards, rows of controls, figures that belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
WRITTEN = "/ letters/.test(document.querySelector('#page-said').textContent)"


def height_of(page: Any, selector: str) -> float:
    """How high an element is, in CSS pixels."""
    return float(page.evaluate("s => document.querySelector(s).offsetHeight", selector))


def test_what_one_card_unfolds_leaves_the_card_beside_it_as_it_is(open_page: Open):
    page = open_page()
    page.click("#text-write")
    page.wait_for_function(WRITTEN)
    before = [height_of(page, f"#text-{side}") for side in ("left", "right")]
    page.click("#text-left-tools .details summary")
    assert height_of(page, "#text-left") > before[0] + 100
    assert height_of(page, "#text-right") == before[1]


def test_pictures_on_the_wall_are_as_large_as_it_leaves_room_for(new_page: Open, port: int):
    for height, least in ((720, 160), (1080, 192)):
        page = new_page(size={"width": height * 16 // 9, "height": height}, reduced_motion="reduce")
        page.goto(f"http://127.0.0.1:{port}/lesson/three_ways_to_draw?projector=1")
        tiles = page.locator(".step:not([hidden]) .tile")
        tiles.first.wait_for()
        box = tiles.first.bounding_box()
        assert box["width"] == pytest.approx(box["height"], abs=1)
        assert box["width"] >= least
        assert box["width"] % 32 == pytest.approx(0, abs=1) or box["width"] % 32 > 31
        last = tiles.last.bounding_box()
        assert last["x"] + last["width"] <= page.viewport_size["width"]


_PARTED = r"""selector => {
    const parted = [];
    for (const one of document.querySelectorAll(selector)) {
        const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
        for (let text; (text = words.nextNode()); ) {
            for (const found of text.data.matchAll(/\d[\d.\u202f]*(\s[\/a-zA-Zµ%]+)?/g)) {
                const range = document.createRange();
                range.setStart(text, found.index);
                range.setEnd(text, found.index + found[0].length);
                const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
                if (one.checkVisibility() && tops.size > 1) parted.push(found[0]);
            }
        }
    }
    return parted;
}"""
"""Numbers, each with the word behind it, that stand on two lines."""


def test_no_line_ends_inside_a_number_or_before_its_unit(open_page: Open):
    page = open_page(size={"width": 320, "height": 700})
    page.click("#text-write")
    page.wait_for_function(WRITTEN)
    assert page.evaluate(_PARTED, ".figures, .state") == []


_UNEVEN = """() => {
    const kinds = 'button, select, summary, a.ghost, ' +
        'input:not([type=range], [type=radio], [type=checkbox], [type=file])';
    const rows = new Map();
    for (const one of document.querySelectorAll(kinds)) {
        const box = one.getBoundingClientRect();
        if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (box.width < 4 || box.height < 4) continue;
        let row = one.parentElement;
        while (row && !/flex|grid/.test(getComputedStyle(row).display)) row = row.parentElement;
        rows.set(row, [...(rows.get(row) ?? []), { one, box }]);
    }
    const uneven = [];
    const name = ({ one }) => one.id || one.textContent.trim().slice(0, 30);
    for (const [row, all] of rows) all.forEach((a, i) => all.slice(i + 1).forEach((b) => {
        const least = Math.min(a.box.height, b.box.height);
        const shared = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (!row || shared < 0.3 * least) return;
        if (a.box.right > b.box.left + 1 && b.box.right > a.box.left + 1) return;
        const [top, bottom] = ['top', 'bottom'].map((side) => a.box[side] - b.box[side]);
        const apart = [top, bottom, (top + bottom) / 2].map(Math.abs);
        if (Math.min(...apart) > 1.5) uneven.push([name(a), name(b), ...apart]);
    }));
    return uneven;
}"""
"""Controls beside each other in a row that share neither an edge nor the middle."""


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_controls_of_one_row_stand_on_one_line(open_page: Open, width: int):
    page = open_page(place="Play", size={"width": width, "height": 844})
    page.set_default_timeout(30_000)
    for place in ("text", "images", "claims", "class"):
        page.click(f"#place-{place}")
        page.wait_for_selector(f"#page-{place} button:visible")
        for drawer in page.locator(f"#page-{place} details.look > summary").all():
            drawer.click()
        for part in ("settings", "more"):
            opens = page.locator(f"#{place}-{part} > button:visible")
            if opens.count():
                opens.click()
        page.wait_for_timeout(500)
        assert page.evaluate(_UNEVEN) == [], place
