"""The benchmark's endpoint as a process, asked over HTTP."""

import json
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.load.answers.text import chunk_text, question
from tests.load.answers.wire import MODEL
from tests.load.child import OrderedChild, ordered_child
from tests.support.waiting import DEADLINE_SECONDS


@pytest.fixture(scope="module")
def endpoint() -> Iterator[OrderedChild]:
    with ordered_child("tests.load.answers.endpoint") as child:
        yield child


@pytest.fixture(scope="module")
def base_url(endpoint: OrderedChild) -> str:
    return f"http://127.0.0.1:{endpoint.ask('listen')['port']}/v1"


def asking(content: str) -> dict[str, object]:
    return {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": content}]}


def texts(body: str) -> list[str]:
    chunks = [json.loads(line[6:]) for line in body.split("\n\n") if line.startswith("data: {")]
    choices = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    return [delta["content"] for delta in choices if "content" in delta]


def test_it_writes_what_it_was_asked_for_and_notes_when(
    endpoint: OrderedChild, base_url: str
) -> None:
    before = time.monotonic_ns()
    answer = httpx2.post(
        f"{base_url}/chat/completions", json=asking(question(1, 40, 1000)), timeout=DEADLINE_SECONDS
    )
    assert texts(answer.text) == [chunk_text(1, number) for number in range(40)]
    told = endpoint.ask("stamps", answers=[1])
    moments = [before, *told["asked"], *told["sent"][0], time.monotonic_ns()]
    assert len(moments) == 43
    assert moments == sorted(moments)


def test_one_connection_asks_for_one_answer_after_the_other(
    endpoint: OrderedChild, base_url: str
) -> None:
    with httpx2.Client(base_url=base_url, timeout=DEADLINE_SECONDS) as client:
        for number in (2, 3):
            client.post("/chat/completions", json=asking(question(number, 3, 1000)))
        assert client.get("/models").json()["data"][0]["id"] == MODEL
    assert [len(sent) for sent in endpoint.ask("stamps", answers=[2, 3])["sent"]] == [3, 3]


def test_it_notes_when_it_was_left_and_writes_no_more(
    endpoint: OrderedChild, base_url: str
) -> None:
    asked = asking(question(4, 100_000, 100))
    with httpx2.stream(
        "POST", f"{base_url}/chat/completions", json=asked, timeout=DEADLINE_SECONDS
    ):
        assert endpoint.ask("begun", answer=4, words=5)["found"]
        before = time.monotonic_ns()
    left = endpoint.ask("left", answer=4)
    assert left["found"]
    assert before < left["left"] < time.monotonic_ns()
    assert len(endpoint.ask("stamps", answers=[4])["sent"][0]) < 100_000


def test_whoever_looks_for_a_title_gets_some_words(base_url: str) -> None:
    answer = httpx2.post(
        f"{base_url}/chat/completions", json=asking("Find a title."), timeout=DEADLINE_SECONDS
    )
    assert len(texts(answer.text)) == 3
