"""What every server delivers."""

import time

import pytest

from services.shared.pages.turbo_syntax import check_turbo_streams
from tests.load.publication import SIZE, publication, sent_at


def test_it_is_turbo_stream_html_of_the_same_size_each_time() -> None:
    assert len(publication()) == SIZE
    check_turbo_streams(publication().decode())


def test_it_tells_when_it_was_sent() -> None:
    before = time.monotonic_ns()
    html = publication()
    assert before <= sent_at(html) <= time.monotonic_ns()


def test_a_cursor_in_its_first_tag_does_not_hide_the_moment() -> None:
    html = publication()
    marked = html.replace(b"<turbo-stream", b'<turbo-stream data-cursor="0f3a99c1.42"', 1)
    assert sent_at(marked) == sent_at(html)


def test_anything_else_tells_nothing() -> None:
    with pytest.raises(ValueError, match="not found"):
        sent_at(b"<turbo-stream></turbo-stream>")
