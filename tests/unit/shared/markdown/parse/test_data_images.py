"""Images embedded in a text as data URLs: which are shown, and what they cost."""

from base64 import b64encode

from services.shared.markdown import Splitter, render, without_data_images
from services.shared.markdown.parse.data_images import MAX_IMAGE
from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.documents import PIXEL, PREFIX, in_pieces, stream

DATA = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "webp": b"RIFF\x10\0\0\0WEBPVP8 ",
}
REL = 'rel="noopener noreferrer nofollow"'
WORDS = f'<a class="remote-image" {REL}>chart</a>'


def url(kind: str, data: bytes, length: int = 60) -> str:
    return f"data:image/{kind};base64,{b64encode(data.ljust(length, b'x')).decode()}"


def shown(address: str) -> str:
    act = '<span class="remote-image__act" dir="ltr">Show image: </span>'
    return f'<a href="{address}" download="image" class="remote-image" {REL}>{act}chart</a>'


@each_of(DATA)
def test_an_image_in_the_text_is_a_link_to_it(kind: str, data: bytes) -> None:
    address = url(kind, data)
    if kind == "jpeg":
        assert f'href="{address}"' in plain(f"![chart]({url('jpg', data)})")
    assert plain(f"![chart]({address})") == f'<p dir="auto">{shown(address)}</p>'
    assert plain(f"![chart](<{address}> 'a')").count(address) == 1
    assert plain(f"![chart][a]\n\n[a]: {address}").count(address) == 1


@each_of(
    [
        url("png", DATA["gif"]),
        url("webp", b"RIFF\x10\0\0\0WAVEfmt "),
        url("png", DATA["png"])[:-1],
        url("png", DATA["png"]) + "=",
        "data:image/png;base64,",
        url("png", DATA["png"], MAX_IMAGE),
    ]
)
def test_what_is_no_image_of_its_type_has_words_only(address: str) -> None:
    assert plain(f"![chart]({address})") == f'<p dir="auto">{WORDS}</p>'


@each_of(
    [f"data:{it}" for it in ("image/svg+xml;base64,PHN2", "text/html;base64,PHN2", "image/png,x")]
)
def test_nothing_else_is_shown(address: str) -> None:
    assert plain(f"![chart]({address}) [a]({address})") == '<p dir="auto">chart a</p>'


def test_an_image_is_not_a_link_to_anywhere_and_none_is_in_one() -> None:
    assert plain(f"[a]({PIXEL})") == '<p dir="auto">a</p>'
    assert PIXEL not in plain(f"[![a]({PIXEL})](http://b.example)")


def test_code_and_tags_have_it_as_it_was_written() -> None:
    for source in (f"`{PIXEL}`", f"```\n{PIXEL}\n```", f"    {PIXEL}", f"a <img src={PIXEL}>"):
        assert PIXEL in plain(source)
        assert stream(list(source)).splitter.whole == plain(source, id_prefix=PREFIX)
    assert stream(in_pieces(f"```\n{PIXEL}\n{PIXEL}\n", 7)).states[-1][0].count(PIXEL) == 2


def test_prose_has_its_beginning() -> None:
    assert plain(f"a {PIXEL} b") == '<p dir="auto">a data:image/gif;base64,… b</p>'


def test_an_image_that_was_cut_has_its_words() -> None:
    cut = f"a ![chart]({PIXEL}"
    assert plain(cut) == f'<p dir="auto">a {WORDS}</p>'
    assert stream(list(cut)).page.state()[0] == plain(cut, id_prefix=PREFIX)


@each_of([1, 7, 2_048])
def test_an_image_is_sent_once_and_stands_for_its_words_until_then(length: int) -> None:
    address = url("png", DATA["png"], 35_000)
    document = f"Look:\n\n![chart]({address}) *below*\nmore\n\nThe end."
    pieces = in_pieces(document, length) if length > 1 else [*document[:40], document[40:-30]]
    pieces += [] if length > 1 else [*document[-30:]]
    streamed = stream(pieces)
    sent = sum(len(change.html) for change in streamed.all_changes)
    assert sent < 1.2 * len(address)
    assert streamed.page.state() == (plain(document, id_prefix=PREFIX), "")
    assert any(tail == f'<p dir="auto">{WORDS}</p>' for _, tail in streamed.states)


def test_what_follows_an_image_does_not_wait_for_it() -> None:
    splitter = Splitter(PREFIX, begun=f"![chart]({url('png', DATA['png'], 10_000)})")
    splitter.feed(" is")
    assert splitter.open_end.endswith("</a> is</p>")
    splitter.feed("\n")
    changes = splitter.feed("\nThe end")
    assert [change.target for change in changes] == ["message_7_done", "message_7_tail"]
    assert splitter.open_end == '<p dir="auto">The end</p>'


def test_however_often_an_image_is_referred_to_it_is_sent_once() -> None:
    address = url("png", DATA["png"], 10_000)
    source = f"[a]: {address}\n\n" + "![chart][a]\n\n" * 100
    html = plain(source)
    assert html.count(address) == 1
    assert html.count(WORDS) == 99
    assert stream(in_pieces(source, 100)).splitter.whole == render(source, id_prefix=PREFIX).html()


@each_of(
    {
        f"a ![the *chart*]({PIXEL}) b": "a the *chart* b",
        f"![]({PIXEL})": "image",
        f"![chart](<{PIXEL}> 'a title')b": "chartb",
        f"![chart]({PIXEL}": "chart",
        f"![chart]({PIXEL})![map]( {PIXEL} )": "chartmap",
        "![a](data:image/svg+xml;base64,PHN2Zz4=)": "a",
        "![a](https://a.example/data:image/png)": "![a](https://a.example/data:image/png)",
    }
)
def test_a_model_is_told_the_words_of_an_image(text: str, told: str) -> None:
    assert without_data_images(text) == told


@each_of(
    [
        f"`![chart]({PIXEL})`",
        f"``a ` ![chart]({PIXEL})``",
        f"```\n![chart]({PIXEL})\n```",
        f"- a\n  ~~~\n  ![chart]({PIXEL})\n  ~~~",
        f"> ```md\n> ![chart]({PIXEL})",
        f"a\n\n    ![chart]({PIXEL})",
    ]
)
def test_a_model_is_told_code_as_it_was_written(code: str) -> None:
    around = f"é\ud800 $5 ![map]({PIXEL})\n\n{{}}\n\n![map]({PIXEL}) $6"
    told = "é\ud800 $5 map\n\n{}\n\nmap $6"
    assert without_data_images(f"![map]({PIXEL})\n\n{code}") == f"map\n\n{code}"
    assert without_data_images(around.format(code)) == told.format(code)


def test_what_only_looks_like_code_has_the_words_of_an_image() -> None:
    assert without_data_images(f"a ` b\n\n![map]({PIXEL})\n\n` c") == "a ` b\n\nmap\n\n` c"
    assert without_data_images(f"![a `b` c]({PIXEL}) `d`") == "a `b` c `d`"
