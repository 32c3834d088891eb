"""What a page of the benchmark notes of the frames that come."""

from tests.load.answers.pages import Page
from tests.load.answers.text import Words, chunk_text
from tests.load.loader.frames import scan, text_frame


def page(words: int) -> Page:
    return Page(Words(7), [0] * words, words)


def take(into: Page, *payloads: str) -> None:
    data = b"".join(text_frame(payload.encode()) for payload in payloads)
    into.take(data, scan(data).texts)


def test_a_word_that_comes_again_keeps_the_moment_of_the_first_time() -> None:
    seen = page(2)
    take(seen, chunk_text(7, 0))
    first = seen.arrivals[0]
    take(seen, f"{chunk_text(7, 0)} {chunk_text(7, 1)}")
    assert seen.arrivals[0] == first <= seen.arrivals[1]
    assert seen.missing == 0


def test_what_has_not_come_is_missing() -> None:
    seen = page(3)
    take(seen, chunk_text(7, 2))
    assert (seen.arrivals[:2], seen.missing) == ([0, 0], 2)


def test_frames_that_came_with_one_read_count_each() -> None:
    seen = page(2)
    take(seen, chunk_text(7, 0), chunk_text(7, 1))
    assert seen.frames == 2
    assert seen.size == len(chunk_text(7, 0)) + len(chunk_text(7, 1))
