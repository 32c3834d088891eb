"""Turbo Stream elements: nothing unescaped goes in, nothing malformed is let through."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from services.shared.pages import turbo
from services.shared.pages.turbo import starts_like_turbo_streams
from services.shared.pages.turbo_syntax import TurboStreamError, check_turbo_streams

BOLD = Markup("<b>bold</b>")
ELEMENT = str(turbo.update("log", BOLD))


def test_each_action_is_written_as_turbo_reads_it() -> None:
    assert turbo.append("log", BOLD) == (
        '<turbo-stream action="append" target="log"><template><b>bold</b></template></turbo-stream>'
    )
    assert turbo.update("log", Markup()) == (
        '<turbo-stream action="update" target="log"><template></template></turbo-stream>'
    )
    assert turbo.replace("log", BOLD, morph=True) == (
        '<turbo-stream action="replace" target="log" method="morph">'
        "<template><b>bold</b></template></turbo-stream>"
    )
    assert "method" not in turbo.replace("log", BOLD)
    assert turbo.remove("log") == '<turbo-stream action="remove" target="log"></turbo-stream>'
    assert turbo.refresh() == '<turbo-stream action="refresh"></turbo-stream>'


@pytest.mark.parametrize("build", [turbo.append, turbo.update, turbo.replace])
def test_plain_text_is_refused_as_content(build: object) -> None:
    assert callable(build)
    with pytest.raises(TypeError, match="escape or render"):
        build("log", "<b>not trusted</b>")


@given(st.text(), st.text())
def test_no_target_and_no_escaped_text_leaves_its_place(target: str, text: str) -> None:
    html = turbo.append(target, escape(text))
    assert isinstance(html, Markup)
    assert html.count("<") == html.count(">") == 4
    assert html.count('"') == 4


@given(
    st.lists(
        st.one_of(
            st.builds(
                turbo.append,
                st.text(alphabet=st.characters(codec="utf-8"), min_size=1),
                st.text(alphabet=st.characters(codec="utf-8")).map(escape),
            ),
            st.just(turbo.refresh()),
            st.just(turbo.remove("log")),
            st.just(turbo.replace("log", Markup("<p>one<br>"), morph=True)),
        ),
        min_size=1,
    )
)
def test_whatever_is_built_here_passes_both_checks(streams: list[Markup]) -> None:
    html = "\n".join(streams)
    check_turbo_streams(html)
    assert starts_like_turbo_streams(html.encode())


@given(st.text())
@example(ELEMENT)
@example(f"{ELEMENT}\n{ELEMENT}\n")
@example("<turbo-stream")
@example("<!DOCTYPE html>" + ELEMENT)
@example("<![CDATA[" + ELEMENT)
@example("<?xml?>" + ELEMENT)
def test_what_the_full_check_lets_through_the_gateway_does_too(html: str) -> None:
    try:
        check_turbo_streams(html)
    except TurboStreamError:
        return
    assert starts_like_turbo_streams(html.encode())


@pytest.mark.parametrize(
    ("payload", "accepted"),
    [
        (ELEMENT.encode(), True),
        (f"{ELEMENT}{ELEMENT}".encode(), True),
        (f"{ELEMENT}\n".encode(), True),
        (b"<turbo-stream></turbo-stream>", True),
        (b"<turbo-stream\taction='refresh'></turbo-stream>", True),
        (b"<turbo-stream\naction='refresh'></turbo-stream>", True),
        (b"", False),
        (b"<turbo-stream", False),
        (b"<turbo-streamer></turbo-stream>", False),
        (f" {ELEMENT}".encode(), False),
        (f"x{ELEMENT}".encode(), False),
        (f"{ELEMENT}x".encode(), False),
        (b"<TURBO-STREAM action='refresh'></TURBO-STREAM>", False),
    ],
)
def test_the_cheap_check_looks_at_both_ends(payload: bytes, accepted: bool) -> None:
    assert starts_like_turbo_streams(payload) is accepted
