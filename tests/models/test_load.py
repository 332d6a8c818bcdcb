"""Sessions as a browser has them, what load measurements make of them, and the whole with three."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio.utils import diff
from hypothesis import given, settings
from hypothesis import strategies as st

from models.measure.app.server import ROOT
from models.measure.load import crowd, measure, pages, process, results, soak, text, wire
from models.measure.load.app import playground
from models.measure.load.figures import quantile
from models.measure.load.results import Result
from models.measure.load.sessions import (
    LOST,
    Answer,
    Carried,
    browser,
    changed,
    functions,
    open_functions,
    press,
)

pytestmark = pytest.mark.slow


# Sessions


def event(**message: object) -> bytes:
    return b"data: " + json.dumps(message).encode()


def generating(*data: object) -> bytes:
    return event(msg="process_generating", success=True, output={"data": list(data)})


def completed(*data: object) -> bytes:
    return event(msg="process_completed", success=True, output={"data": list(data)})


def answered(*events: bytes, ended: bool = True) -> Answer:
    """An answer whose events came a second apart."""
    return Answer(0.0, [(float(i), e) for i, e in enumerate(events, start=1)], "", ended)


def nested(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Objects within objects."""
    return st.recursive(
        leaves, lambda inner: st.dictionaries(st.text(max_size=2), inner), max_leaves=6
    )


# No list within a list: what is taken out of the inner one, Gradio's `diff` counts twice.
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)
json_values = nested(scalars | st.lists(nested(scalars), max_size=3))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(json_values, json_values), min_size=1, max_size=3))
def test_changes_are_applied_as_gradio_makes_them(pairs):
    old, new = map(list, zip(*pairs, strict=True))
    before = json.dumps(old)
    edits = json.loads(json.dumps([diff(o, n) for o, n in pairs]))
    assert changed(old, edits) == new
    assert json.dumps(old) == before  # an earlier frame stays what it was


def test_frames_are_what_the_page_showed_and_when():
    answer = answered(
        event(msg="estimation", queue_size=1),
        event(msg="process_starts"),
        generating("ab", "Stop"),
        generating([["append", [], "c"]], []),
        completed("abc", "Write"),
        event(msg="close_stream"),
    )
    frames = [(3.0, ["ab", "Stop"]), (4.0, ["abc", "Stop"]), (5.0, ["abc", "Write"])]
    assert list(answer.frames()) == frames
    assert (answer.final, answer.sentence) == (["abc", "Write"], "")
    assert answer.finished_seconds == 5.0


def test_an_unknown_change_is_no_result():
    with pytest.raises(ValueError, match="rename"):
        changed(["a"], [[["rename", [], "b"]]])


def test_every_way_to_end_badly_is_told_apart():
    failed = event(msg="process_completed", success=False, output={"error": "Too long."})
    assert answered(failed).sentence == "Too long."
    assert answered(event(msg="unexpected_error", message="Gone.")).sentence == "Gone."
    assert answered(generating("a"), ended=False).sentence == LOST
    assert Answer(0.0, refused="Queue is full.").sentence == "Queue is full."
    assert np.isnan(Answer(0.0).finished_seconds)


def test_a_press_sends_what_the_page_shows_but_for_what_is_changed():
    config = {
        "components": [
            {"id": 1, "props": {"elem_id": "text-prompt", "value": "O"}},
            {"id": 2, "props": {"elem_id": "text-top-k", "value": 0}},
        ],
        "dependencies": [
            {"id": 5, "api_name": "text_write", "inputs": [2, 1]},
            {"id": 6, "api_name": False, "inputs": []},
        ],
    }
    (write,) = functions(config).values()
    assert write.number == 5
    assert write.data(text_prompt="Q") == [0, "Q"]
    with pytest.raises(ValueError, match="text_pormpt"):
        write.data(text_pormpt="Q")


def count_up(to, request: gr.Request):
    if to > 9:
        raise gr.Error("That is too far.", print_exception=False)
    for number in range(int(to)):
        yield "x" * number, [request.session_hash] * number


@pytest.fixture(scope="module")
def counting():
    """A small app of Gradio's own kind, on loopback."""
    with gr.Blocks(analytics_enabled=False) as demo:
        to, shown, rows = gr.Number(3, elem_id="up-to"), gr.Textbox(), gr.JSON()
        gr.Button().click(count_up, [to], [shown, rows], api_name="count", concurrency_limit=None)
    demo.launch(prevent_thread_lock=True, quiet=True, show_error=True)
    yield demo.server_port
    demo.close()


def test_sessions_with_a_real_gradio_keep_apart(counting):
    async def three():
        async with browser(counting) as client:
            count = (await open_functions(client))["count"]
            sessions = [
                press(client, count, count.data(up_to=to), session=f"visitor {to}")
                for to in (3, 5, 99)
            ]
            cut = press(client, count, count.data(), limit_seconds=0.001)
            return await asyncio.gather(*sessions, cut)

    third, fifth, refused, cut = asyncio.run(three())
    assert third.final == ["xx", ["visitor 3"] * 2]
    assert fifth.final == ["xxxx", ["visitor 5"] * 4]
    assert [shown for _, (shown, _) in fifth.frames()] == ["", "x", "xx", "xxx", "xxxx", "xxxx"]
    assert 0 < fifth.finished_seconds < 10
    assert (refused.sentence, cut.sentence) == ("That is too far.", LOST)


# Text


def written(*events: object, runs: int = 2, ended: bool = True) -> Carried:
    """What came of a press, its lines a second apart."""
    lines = [(float(i), json.dumps(e).encode()) for i, e in enumerate(events, start=1)]
    return Carried(0.0, runs, lines, [], ended)


def writing(left: str, right: str, probability: float = 0.5, ms: float = 3.8) -> Carried:
    rows = ([[letter, probability, 0, ms] for letter in words] for words in (left, right))
    letters = [[run, {"letters": row}] for run, row in enumerate(rows)]
    starts, ends = (
        [[run, event] for run in (0, 1)] for event in ({"start": {}}, {"end": "finished"})
    )
    return written(*starts, *letters, *ends)


def test_a_whole_text_is_read_with_its_times():
    whole = text.read(writing("ab", "c<"), "text 1", 2)
    assert whole.shown is not None
    assert (whole.sentence, whole.first_seconds, whole.finished_seconds) == ("", 3.0, 6.0)


def test_times_differ_and_bars_do_not():
    one, other = (text.read(writing("ab", "cd"), "", 2) for _ in range(2))
    slower = writing("ab", "cd", ms=77)
    slower.lines[-1] = (9.0, slower.lines[-1][1])
    barred = text.read(writing("ab", "cd", probability=0.1), "", 2)
    assert one.shown == other.shown == text.read(slower, "", 2).shown
    assert barred.shown not in {one.shown, None}


def test_a_text_that_is_short_or_failed_is_lost():
    short = text.read(writing("ab", "c"), "", 2)
    assert short.shown is None
    assert np.isnan(short.finished_seconds)
    fail = [1, {"fail": {"sentence": "Try again in about 5 seconds.", "again": True}}]
    failed = text.read(written(fail), "", 2)
    assert (failed.shown, failed.sentence) == (None, "Try again in about 5 seconds.")


def test_every_way_to_end_badly_is_told_apart_where_runs_are_carried_out():
    assert Carried(0.0, refused=["Too long."]).sentence == "Too long."
    assert written([0, {"end": "finished"}], [1, {"end": "stopped"}]).sentence == LOST
    assert written([0, {"end": "finished"}]).sentence == LOST
    assert written([0, {"end": "finished"}], runs=1).sentence == ""
    assert written([0, {"end": "finished"}], runs=1, ended=False).sentence == LOST
    assert np.isnan(Carried(0.0).finished_seconds)


# Figures


def test_crossed_and_lost_are_counted():
    alone = {name: Result(name, name.encode()) for name in "abc"}
    together = [Result("a", b"a"), Result("b", b"a"), Result("c", None), Result("d", b"d")]
    assert (results.crossed(together, alone).value, results.crossed(together, alone).n) == (1, 2)
    assert results.lost(together).value == 1
    with pytest.raises(RuntimeError, match=r"Busy\."):
        results.seconds([Result("a", None, "Busy.")], "first_seconds", 0.95)


def test_a_quantile_is_one_of_the_values_with_others_around_it():
    values = list(np.random.default_rng(0).permutation(np.arange(1.0, 101)))
    metric = quantile(values, 0.95)
    assert (metric.value, metric.n) == (95, 100)
    assert 88 <= metric.low < 95 < metric.high <= 100
    few = quantile([3.0, 1.0, 2.0], 0.95)
    assert (few.value, few.high) == (3, 3)


def test_the_interval_of_a_quantile_holds_it_in_19_of_20_cases():
    rng = np.random.default_rng(1)
    wanted = 0.5
    within = [
        (m := quantile(rng.uniform(size=60), wanted)).low <= wanted <= m.high for _ in range(2_000)
    ]
    assert 0.93 < np.mean(within) < 0.99


def test_a_process_is_looked_at_thread_by_thread(tmp_path):
    script = tmp_path / "busy.py"
    script.write_text(
        "import threading, time, sys\n"
        "def work():\n"
        "    until = time.thread_time() + 0.5\n"
        "    while time.thread_time() < until: pass\n"
        "    print('done', flush=True); time.sleep(60)\n"
        "threading.Thread(target=work, name='engine-local-of-a-long-name').start()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "models.measure.load.named", str(script)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        usage = process.look(child.pid)
    finally:
        child.kill()
        child.communicate()
    assert 0.4 < usage.engine_seconds <= usage.cpu_seconds
    assert usage.app_seconds < usage.cpu_seconds
    assert usage.memory_bytes > 1_000_000
    assert usage.threads >= 2
    assert usage.open_files >= 3


def test_what_cannot_be_measured_is_null_with_a_reason():
    found = measure.Found()
    found.add("gpt2", {"engine_speedup": quantile([2.0], 0.5)})
    found.missing["gpt2"] = {"app_speedup": "there is no tokenizer"}
    row = found.as_dict()["gpt2"]
    assert (row["app_speedup"], row["reason"]) == (None, "there is no tokenizer")
    assert row["engine_speedup"] == {"value": 2, "low": 2, "high": 2, "n": 1}


# Pages, crowd, soak


async def _serve_raw(answers: list[bytes], act):
    async def answer(reader, writer):
        for content in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                await reader.readexactly(2)
            writer.write(content)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        return await act(server.sockets[0].getsockname()[1])


def test_answers_are_read_to_their_end_whatever_says_where_that_is():
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 404 no\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
        b"HTTP/1.1 201 OK\r\ncontent-length: 0\r\n\r\n",
    ]

    async def ask(port):
        connection = wire.Connection(port, {"Accept-Encoding": "br"})
        asked = [
            wire.Request("GET", "/"),
            wire.Request("GET", "/x"),
            wire.Request("POST", "/", b"{}"),
        ]
        found = [await connection.ask(request) for request in asked]
        connection.close()
        return found

    assert asyncio.run(_serve_raw(answers, ask)) == [200, 404, 201]


def test_a_script_names_what_it_fetches_for_this_page():
    script = (
        'const d=(m.f=["./a.js","./a.css","./b.js","./b.css"]);import{x}from"./core.js";'
        "import`;{html:{component:()=>v(()=>import(`./a.js`),__vite__mapDeps([0,1]),u)},"
        "plot:{example:()=>v(()=>import(`./c.js`),[],u),component:()=>v(()=>import(`./b.js`),"
        "__vite__mapDeps([2,3]),u)}}"
    )
    assert pages.imported(script, {"html"}, entry=False) == ["./core.js", "./a.js", "./a.css"]
    assert {"./b.css", "./c.js"} <= set(pages.imported(script, set(), entry=True))


def test_a_page_is_opened_under_a_name_of_its_own():
    asked = wire.Request("POST", "/gradio_api/run/predict", b'{"session_hash": "one", "data": []}')
    again = json.loads(pages._of_session(asked, "other").body)
    assert again == {"session_hash": "other", "data": []}


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("Very many people are waiting. Please try again in about 30 seconds.", True),
        ("The prompt must be text.", True),
        ("Something went wrong (reference 1a2b3c4d). Please try again.", False),
        ("Traceback (most recent call last): …", False),
        ("No such file: /srv/app/models/pool.py.", False),
        ("'NoneType' object has no attribute 'get'", False),
        ("HTTP 500", False),
        (LOST, False),
    ],
)
def test_sentences_are_told_from_errors(words, fits):
    assert soak.is_sentence(words) is fits


def test_a_sentence_with_a_time_to_come_back_is_known():
    assert crowd._COME_BACK.search("Please try again in about 12 seconds.")
    assert not crowd._COME_BACK.search("Very many people are waiting.")


def test_tracebacks_are_counted_but_for_refusals():
    frame = '  File "x.py", line 1, in f\n    g()\n    ^^^\n'
    refused = f"Traceback (most recent call last):\n{frame}gradio.exceptions.Error: 'Too low.'\n"
    broken = f"Traceback (most recent call last):\n{frame}KeyError: 3\n"
    assert soak.faults(f"INFO: up\n{refused}{broken}WARNING: x\n{refused}") == 1


def test_growth_compares_the_end_with_what_had_settled():
    def usage(memory):
        return process.Usage(1.0, 0.5, memory, 10, 5)

    samples = [(float(t), usage(50 if t < 60 else 100 + (t > 500) * 4)) for t in range(0, 600, 2)]
    found = soak._growth(samples, 600.0)
    assert found["memory_growth"].value == pytest.approx(0.04)
    assert found["open_files_more"].value == 0


# The whole


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")
def test_three_clients_through_the_pretended_app():
    script = str(Path("tests", "browser", "serve.py"))
    start = partial(
        playground,
        {"PYTHONPATH": str(ROOT)},
        entry=("-m", "models.measure.load.named", script),
    )
    found, (crossed, lost) = measure.through_the_app(("text", "images"), 3, 15, start)
    assert (crossed.value, crossed.n) == (0, 12)
    assert (lost.value, lost.n) == (0, 12)
    assert 0 < found["first_character_p95_seconds"].value < found["finished_p95_seconds"].value
    assert 0 < found["images_p50_seconds"].value <= found["images_max_seconds"].value
    assert 0 < found["app_cpu_per_client_second"].value < 1
