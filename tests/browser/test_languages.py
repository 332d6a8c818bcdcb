"""Our pages in Spanish and in Chinese: their own words and Gradio's, and never those of a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.web import i18n
from tests.browser.conftest import enter
from tests.browser.test_journeys import DRAWN

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
SMALL = {"width": 360, "height": 740}
NAMES = {"LSTM", "GPT", "GAN", "VAE", "Diffusion", "Emoji", "Top-k", "Top-p"}
ASKED = "¿Cuál dibuja más como una persona?"
LEARNED = "playground.modules.i18n.pageLanguage() !== 'en'"
_LABELS = """place => [...document.querySelectorAll(`#page-${place} [data-testid=block-info],
    #page-${place} .label-wrap > span, #page-${place} fieldset label span,
    #page-${place} .picker label, #page-${place} .picker select[aria-label]`)]
    .filter((one) => one.checkVisibility() && !/^▼?$/.test(one.textContent))
    .map((one) => (one.ariaLabel ?? one.textContent).trim())"""


_LEFT = """() => {
    const texts = document.createTreeWalker(document.querySelector("#front"), NodeFilter.SHOW_TEXT);
    const left = [];
    for (let text; (text = texts.nextNode()); ) {
        const parent = text.parentElement;
        const known = playground.modules.i18n.isDone(text);
        const seen = parent.checkVisibility() && /\\p{L}{2}/u.test(text.data);
        if (seen && !known) left.push(text.data.trim());
    }
    return left;
}"""
"""What can be seen of a page and has not been translated."""


def visit(open_page: Open, place: str, tongue: str, query: str = "", **settings: Any) -> Any:
    """A page in a language, at one of its places."""
    page = open_page(query, place="Play", locale=tongue, **settings)
    page.set_default_timeout(30_000)
    page.wait_for_function(LEARNED)
    page.click(f"#place-{place}")
    page.wait_for_selector(f"#page-{place}")
    return page


@pytest.mark.parametrize(("tongue", "code"), [("es-MX", "es"), ("zh-CN", "zh-CN")])
def test_labels_and_buttons_are_in_the_visitors_language(open_page: Open, tongue: str, code: str):
    said = i18n.catalogues()[code]
    page = visit(open_page, "text", tongue)
    assert page.evaluate("document.documentElement.lang") == code
    assert page.inner_text("#place-images") == said["Images"]
    assert page.inner_text("#text-write") == said["Write"]
    for place in ("text", "images"):
        page.click(f"#place-{place}")
        page.wait_for_selector(f"#page-{place}")
        page.wait_for_load_state("networkidle")
        labels = {text for text in page.evaluate(_LABELS, place) if text and not text.isdecimal()}
        assert len(labels) > 3
        own = {text for text in labels - set(said.values()) - NAMES if not text.startswith("SD-")}
        assert own <= {said["A text of up to {letters} letters"].replace("{letters}", "2,000")}


def test_a_run_is_started_and_stopped_and_its_text_is_left_alone(open_page: Open):
    page = visit(open_page, "text", "es-ES")
    enter(page, "#text-prompt textarea", "Stop\ndelay=0.2 ")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Parar')")
    page.wait_for_function("document.querySelectorAll('#text-left-stage .t').length > 3")
    page.click("#text-write")
    page.wait_for_selector("#text-write:has-text('Escribir')")
    page.wait_for_selector("#text-left .state:has-text('parado en ')")
    assert page.inner_text("#text-left-stage").startswith("Stop")


def test_a_digit_is_asked_for_in_another_language(open_page: Open):
    page = visit(open_page, "images", "es-ES", size=SMALL)
    enter(page, "#images-prompt textarea", "un ocho verde sobre fondo blanco")
    page.wait_for_selector("#images-reading :text('a green eight on a white background')")
    page.wait_for_selector("#images-reading :text('Entendido como la frase en inglés')")
    page.click("#images-draw")
    page.wait_for_function(DRAWN)
    alts = [image.get_attribute("alt") for image in page.locator("#images-grid img").all()]
    assert alts[-1] == "a green eight on a white background, Diffusion"
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_the_address_may_name_the_language(open_page: Open):
    page = visit(open_page, "text", "en-US", query="?lang=es")
    page.wait_for_selector("#text-write:has-text('Escribir')")
    page.wait_for_selector("#text-prompt :text('Empieza un texto')")


def test_without_a_catalogue_the_page_is_in_english(open_page: Open):
    page = open_page(place="Text", locale="fi-FI")
    assert page.evaluate("playground.modules.i18n.pageLanguage()") == "en"
    assert page.inner_text("#text-write") == "Write"


@pytest.mark.parametrize(
    ("tongue", "code"),
    [
        *((tongue, "zh-CN") for tongue in ("zh", "zh-HK", "zh-SG", "zh-TW", "zh-Hant-TW")),
        *((tongue, "es") for tongue in ("es", "es-419")),
        *((tongue, "en") for tongue in ("en-GB", "pt-BR", "de-AT")),
    ],
)
def test_the_page_is_called_by_the_language_that_it_is_shown_in(
    open_page: Open, tongue: str, code: str
):
    page = open_page(place="Text", locale=tongue)
    write = i18n.catalogues()[code]["Write"] if code != "en" else "Write"
    page.wait_for_selector(f"#text-write:has-text('{write}')")
    page.wait_for_selector("footer .show-api")
    assert page.evaluate("document.documentElement.lang") == code
    assert page.evaluate("playground.modules.i18n.pageLanguage()") == code
    gradios = {"en": "Use via API", "es": "Usar vía API", "zh-CN": "通过 API 使用"}
    assert page.inner_text("footer .show-api").strip() == gradios[code]


@pytest.mark.parametrize("code", ["es", "zh-CN"])
def test_a_lesson_is_framed_in_the_language_and_says_its_own_in_english(
    new_page: Open, port: int, code: str
):
    said = i18n.catalogues()[code]
    page = new_page(size=SMALL, locale="en-US")
    page.set_default_timeout(30_000)
    page.goto(f"http://127.0.0.1:{port}/lesson/two_ways_to_write?lang={code}")
    page.wait_for_function(LEARNED)
    page.get_by_role("button", name=said["Write"], exact=True).click()
    page.get_by_role("button", name=said["Write again"]).wait_for()
    assert set(page.evaluate(_LEFT)) <= NAMES
    own = page.locator(".step:not([hidden]) .prose")
    assert own.get_attribute("lang") == "en"
    assert own.inner_text().startswith("A machine that writes does one thing")
    page.get_by_role("button", name=said["Show without a guess"]).click()
    answer = said["The answer: {answer}."].partition("{")[0]
    assert page.inner_text(".step:not([hidden]) .question-said").startswith(answer)
    page.get_by_role("button", name=said["Next"], exact=True).click()
    place = said["Step {step} of {steps}"].format(step=2, steps=page.locator(".step").count())
    assert page.inner_text("#lesson-place") == place
    page.get_by_role("link", name=said["All lessons"]).click()
    page.wait_for_url("**/lessons")  # whose address says nothing of the language
    page.wait_for_function(LEARNED)
    assert page.title().startswith(said["Lessons"])
    assert page.evaluate(_LEFT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_a_class_speaks_the_language_and_leaves_what_people_write(new_page: Open, port: int):
    teacher = new_page(locale="en-US")
    teacher.set_default_timeout(30_000)
    teacher.goto(f"http://127.0.0.1:{port}/?lang=es#class")
    teacher.wait_for_function(LEARNED)
    teacher.locator("#class-place").get_by_role("button", name="Abrir una clase").click()
    teacher.wait_for_url("**/class/*?token=*")
    teacher.wait_for_selector("#class-here:text('0 estudiantes aquí')")
    code = teacher.locator("h1 .code").inner_text()
    typed = teacher.locator(".typed").inner_text()
    assert set(teacher.evaluate(_LEFT)) <= {code, typed}
    assert "lang=es" in str(teacher.locator("#class-projector").get_attribute("href"))
    student = join_in_spanish(new_page, port, code)
    vote_in_spanish(teacher, student)
    student.evaluate(_HANG)
    teacher.get_by_role("button", name="Aprobar").click()
    assert student.locator(".hung figcaption").inner_text() == "Vote"
    assert set(student.evaluate(_LEFT)) <= {ASKED}
    assert set(teacher.evaluate(_LEFT)) <= {code, typed, ASKED}
    teacher.click("#class-close")
    teacher.get_by_role("button", name="Cerrarla: se borra todo").click()
    student.wait_for_selector("#join-says:text('Esta clase se cerró')")


_HANG = """playground.modules.class_member.hangUp({
    drawing: document.querySelector("#join-pad").toDataURL("image/png"), caption: "Vote" })"""


def join_in_spanish(new_page: Open, port: int, code: str) -> Any:
    """A student's page, which says what is missing."""
    page = new_page(size=SMALL, locale="es-AR")
    page.set_default_timeout(30_000)
    page.goto(f"http://127.0.0.1:{port}/join")
    page.wait_for_function(LEARNED)
    assert page.evaluate(_LEFT) == []
    page.get_by_label("Las cuatro letras de tu clase").fill(code)
    page.get_by_role("button", name="Unirse").click()
    page.wait_for_selector("#join-state:text('Ya estás dentro.')")
    assert page.inner_text("h1") == f"Clase {code}"
    page.get_by_text("Enviar un dibujo").click()
    page.get_by_role("button", name="Enviar mi dibujo").click()
    page.wait_for_selector("#join-wall-says:text('Dibuja algo primero.')")
    return page


def vote_in_spanish(teacher: Any, student: Any) -> None:
    """The question goes out in the teacher's language; the count comes back in the student's."""
    teacher.locator("#class-pair").select_option(label="GAN o VAE, la misma cifra")
    assert teacher.input_value("#class-question") == ASKED
    teacher.get_by_role("button", name="Empezar la votación").click()
    student.get_by_role("button", name="Elegir A").click()
    student.wait_for_selector("#join-vote-says:text('Elegiste A.')")
    assert student.inner_text("#join-vote-question") == ASKED
    alts = [image.get_attribute("alt") for image in student.locator(".side img").all()]
    assert alts[0] == "A de la votación, imagen 1 de 4"
    teacher.get_by_role("button", name="Cerrar la votación").click()
    student.wait_for_selector("#join-vote-says:text('una moneda podría haber dado lo mismo')")


def test_the_lab_sheet_is_in_the_language_of_the_page(open_page: Open):
    page = visit(open_page, "text", "es-ES")
    page.evaluate("playground.modules.fetched.fetchModule('shipped/history.js')")
    page.wait_for_function("playground.modules.lab_sheet")
    sheet = page.evaluate(
        """playground.modules.lab_sheet.makeSheet([
            { at: 1, question: "Beat the machine", said: "mine", right: false },
            { at: 2, name: "LSTM", family: "lstm", recipe: { prompt: "Stop", options: {}, seed: 7,
              weights: "abc" }, letters: [["Results", "s1"]], tiles: [], figures: "seed 7" },
        ])"""
    )
    assert '<html lang="es">' in sheet
    for wanted in ("Hoja de laboratorio", "Gana a la máquina", "✕ incorrecto", "semilla 7"):
        assert wanted in sheet
    assert '<b class="t s1">Results</b>' in sheet
    assert "Results</h2>" not in sheet


_CLIPPED = """() => [...document.querySelectorAll('button, a.ghost')]
    .filter((one) => one.checkVisibility() && one.clientHeight &&
        (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1))
    .map((one) => one.textContent.trim())"""
"""Buttons whose words do not fit into them."""


@pytest.mark.parametrize("place", ["text", "images", "class"])
def test_longer_words_fit_into_their_buttons_on_the_smallest_phone(open_page: Open, place: str):
    page = visit(open_page, place, "es-ES", size={"width": 320, "height": 640})
    page.wait_for_timeout(500)
    assert page.evaluate(_CLIPPED) == []
