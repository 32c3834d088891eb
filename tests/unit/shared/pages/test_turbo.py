"""Turbo Stream elements: nothing unescaped gets in, nothing malformed gets through."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from services.shared.pages import turbo
from services.shared.pages.turbo import starts_like_turbo_streams
from services.shared.pages.turbo_syntax import TurboStreamError, check_turbo_streams

BOLD = Markup("<b>bold</b>")
ELEMENT = str(turbo.update("log", BOLD))


def test_each_action_has_the_markup_that_turbo_reads() -> None:
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
    assert turbo.refresh() == '<turbo-stream action="refresh"></turbo-stream>'


def test_plain_text_is_refused_as_content() -> None:
    untrusted: Any = "<b>not trusted</b>"
    for build in (turbo.append, turbo.update, turbo.replace):
        with pytest.raises(TypeError, match="escape or render"):
            build("log", untrusted)


@given(st.text(), st.text())
def test_no_target_and_no_text_breaks_out_of_its_place(target: str, text: str) -> None:
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
            st.just(turbo.replace("log", Markup("<p>one<br>"), morph=True)),
        ),
        min_size=1,
    )
)
def test_what_is_built_here_passes_both_checks(streams: list[Markup]) -> None:
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
def test_what_passes_the_full_check_passes_the_cheap_one(html: str) -> None:
    try:
        check_turbo_streams(html)
    except TurboStreamError:
        return
    assert starts_like_turbo_streams(html.encode())


def test_the_cheap_check_looks_at_both_ends() -> None:
    accepted = [
        ELEMENT.encode(),
        f"{ELEMENT}{ELEMENT}".encode(),
        f"{ELEMENT}\n".encode(),
        b"<turbo-stream></turbo-stream>",
        b"<turbo-stream\taction='refresh'></turbo-stream>",
        b"<turbo-stream\naction='refresh'></turbo-stream>",
    ]
    refused = [
        b"",
        b"<turbo-stream",
        b"<turbo-streamer></turbo-stream>",
        f" {ELEMENT}".encode(),
        f"x{ELEMENT}".encode(),
        f"{ELEMENT}x".encode(),
        b"<TURBO-STREAM action='refresh'></TURBO-STREAM>",
    ]
    assert [each for each in accepted + refused if starts_like_turbo_streams(each)] == accepted
