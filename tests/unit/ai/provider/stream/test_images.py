"""Images beside the text, and what of them may go into a page's Markdown."""

from services.ai.provider.stream.images import LONGEST_URL, Image
from services.shared.markdown import render
from tests.support.provider import Got, stream
from tests.support.scripted import DONE, STOP, choice, chunk, delta

PNG = "data:image/png;base64,iVBORw0KGgo="
ROOM = 200_000


def image(url: object) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": url}, "index": 0}


def urls(got: Got) -> list[str]:
    return [each.url for piece in got.pieces for each in piece.images]


async def test_an_image_comes_as_a_piece_of_the_answer() -> None:
    for part in (
        delta({"role": "assistant", "content": "", "images": [image(PNG)]}),
        delta({"images": [image(PNG)]}),
        delta({"content": None, "images": [{"type": "image_url", "image_url": PNG}]}),
        delta({"content": [image(PNG)]}),
        choice(message={"content": None, "images": [image(PNG)]}, finish_reason="stop"),
        choice(message={"content": [image(PNG)]}),
    ):
        got = await stream(part, STOP, DONE)
        assert (urls(got), got.text, got.error) == ([PNG], "", None), part


async def test_images_stand_behind_the_text_that_they_come_with() -> None:
    parts = [{"type": "text", "text": "Look:"}, image(PNG), image(PNG)]
    got = await stream(chunk("Well. "), delta({"content": parts}), chunk("There."), STOP)
    assert (got.text, urls(got)) == ("Well. Look:There.", [PNG, PNG])
    assert got.pieces[1].text == "Look:"


async def test_an_image_that_comes_once_more_in_the_message_is_shown_once() -> None:
    last = choice(message={"content": "", "images": [image(PNG)]}, finish_reason="stop")
    assert urls(await stream(delta({"images": [image(PNG)]}), last, DONE)) == [PNG]


async def test_an_address_is_written_so_that_nothing_breaks_out_of_it() -> None:
    cases = {
        "data:image/jpg;base64,/9j/4AAQ": "data:image/jpeg;base64,/9j/4AAQ",
        "DATA:image/GIF;base64,R0lG ODlh\r\n": "data:image/gif;base64,R0lGODlh",
        "data:image/webp;base64,UklGRg==": "data:image/webp;base64,UklGRg==",
        "https://example.org/a.png?b=c&d=%20#e": "https://example.org/a.png?b=c&d=%20#e",
        "https://example.org/a b(c)<d>\\é": "https://example.org/a%20b%28c%29%3Cd%3E%5C%C3%A9",
        "http://example.org/\n\n# x": "http://example.org/%0A%0A#%20x",
        "https://example.org/\ud800": "https://example.org/?",
    }
    for sent, kept in cases.items():
        assert urls(await stream(delta({"images": [image(sent)]}), STOP)) == [kept]
        html = render(f"![image]({kept})").html()
        assert (html.count("<p"), "![" in html) == (1, False), sent


async def test_anything_but_an_image_is_ignored() -> None:
    for sent in (
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/png,rawbytes",
        "data:image/png;base64,",
        "data:image/png;base64,AAAA) [x](javascript:alert(1)",
        "data:text/html;base64,PGI+",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//example.org/a.png",
        "https://",
        "https://[x",
        "https://example.org/" + "a" * LONGEST_URL,
        "",
        7,
        None,
        ["x"],
    ):
        for members in ({"images": [image(sent)]}, {"images": sent}, {"images": [sent]}):
            got = await stream(delta({"content": "Hi", **members}), STOP)
            assert (urls(got), got.text, got.error) == ([], "Hi", None), members


def test_an_image_without_room_is_replaced_by_words() -> None:
    drawn = Image.of("data:image/png;base64," + "A" * 1_600_000)
    assert drawn is not None
    assert drawn.markdown(ROOM) == "*(An image of 1.2 MB was too large to be kept.)*"
    remote = Image.of("https://example.org/a.png")
    assert remote is not None
    assert remote.markdown(10) == "*(An image was too large to be kept.)*"
    assert remote.markdown(ROOM) == "![image](https://example.org/a.png)"
