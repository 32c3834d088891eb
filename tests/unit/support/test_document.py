"""The model of a page does what Turbo does in a browser."""

import pytest

from tests.support.document import Document
from tests.support.elements import parse

LIST = '<div id="list"><p id="a">one</p><p id="b">two</p></div>'


def stream(action: str, target: str, content: str = "") -> str:
    template = f"<template>{content}</template>"
    return f'<turbo-stream action="{action}" target="{target}">{template}</turbo-stream>'


def page(*frames: str) -> Document:
    document = Document.of(f"<!DOCTYPE html><body>{LIST}</body>")
    for frame in frames:
        document.apply(frame)
    return document


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (stream("append", "a", "<b>!</b>"), LIST.replace("one", "one<b>!</b>")),
        (stream("append", "a", " more"), LIST.replace("one", "one more")),
        (stream("update", "b", "2 &amp; 3"), LIST.replace("two", "2 &amp; 3")),
        (
            stream("replace", "a", '<i id="c"></i>'),
            LIST.replace('<p id="a">one</p>', '<i id="c"></i>'),
        ),
        (stream("remove", "a"), LIST.replace('<p id="a">one</p>', "")),
        (
            stream("update", "a", "1") + stream("update", "b", "2"),
            LIST.replace("one", "1").replace("two", "2"),
        ),
    ],
)
def test_a_stream_changes_its_target(frame: str, expected: str) -> None:
    assert page(frame).html_of("list") == expected


def test_an_append_that_is_there_already_changes_nothing() -> None:
    document = page(stream("append", "list", '<p id="b">again</p>'))
    assert document.html_of("list") == LIST
    assert not document.doubled


def test_an_append_that_is_there_in_part_takes_the_place_of_that() -> None:
    document = page(stream("append", "list", '<p id="b">again</p><p id="c">new</p>'))
    expected = LIST.replace("two", "again").replace("</div>", '<p id="c">new</p></div>')
    assert document.html_of("list") == expected
    assert not document.doubled


def test_an_id_that_comes_twice_elsewhere_is_noticed() -> None:
    assert page(stream("append", "a", '<b id="b">!</b>')).doubled == {"b"}


def test_what_was_replaced_is_found_no_more() -> None:
    document = page(stream("update", "list", "none"), stream("append", "a", "lost"))
    assert document.html_of("list") == '<div id="list">none</div>'
    assert document.missing == {"a": 1}


def test_equal_trees_are_written_equally() -> None:
    assert (
        parse('<p b="1" a=\'"\'>&lt;x<br></p>').html()
        == parse('<p a="&quot;" b="1">&#60;x<br/></p>').html()
    )


def test_a_text_that_leaves_an_element_open_is_refused() -> None:
    with pytest.raises(AssertionError):
        parse("<p>one")
    with pytest.raises(AssertionError):
        parse("<p><b>one</p></b>")
