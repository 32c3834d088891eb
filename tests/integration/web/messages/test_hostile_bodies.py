"""Bodies that no page of ours sends: each ends in an answer that says so, never in a 500."""

from collections.abc import AsyncIterator, Iterable
from urllib.parse import quote, quote_plus

import httpx2
import pytest

from services.shared.bus.connection import Bus
from services.web.app import MAX_BODY_BYTES
from services.web.db.pool import Connection
from services.web.forms import MAX_FIELDS
from services.web.middleware import deadlines
from tests.integration.web.pages import (
    FRAME,
    error_in,
    form_path,
    list_path,
    new_chat,
    published,
    send,
    text_in_the_box,
)
from tests.support.http import http_client
from tests.support.rude_client import answer_to, connected
from tests.support.stack import Web
from tests.support.waiting import passed

FORM = "application/x-www-form-urlencoded"
BOUNDARY = "multipart/form-data; boundary=b"
MEGABYTE = 1024 * 1024


def multipart(disposition: str, content: bytes = b"Hello", extra: str = "") -> bytes:
    head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n{extra}\r\n"
    return head.encode() + content + b"\r\n--b--\r\n"


async def post(web: Web, chat: int, body: bytes, kind: str | None = FORM) -> httpx2.Response:
    headers = FRAME if kind is None else {**FRAME, "content-type": kind}
    return await web.client.post(form_path(chat), content=body, headers=headers)


async def stored(db: Connection) -> list[str]:
    rows = await db.fetch("SELECT content FROM messages WHERE role = 'user' ORDER BY id")
    return [row["content"] for row in rows]


async def test_control_characters_are_replaced_and_the_rest_is_kept(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    controls = "".join(chr(code) for code in range(32) if chr(code) not in "\t\n\r")
    await send(web, chat, f"a{controls}b\x7f\u200e\ufeff\ufffe\U0010ffffz")
    kept = f"a{'\N{REPLACEMENT CHARACTER}' * len(controls)}b\x7f\u200e\ufeff\ufffe\U0010ffffz"
    assert await stored(db) == [kept]
    assert (await web.client.get(list_path(chat))).status_code == 200
    await published(web_bus, "AI_JOBS", 1)


async def test_a_message_of_nothing_but_nul_is_stored_as_what_can_be_shown(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    assert (await send(web, chat, "\x00")).status_code == 200
    assert await stored(db) == ["\N{REPLACEMENT CHARACTER}"]


async def expect_refusals(
    web: Web, db: Connection, status: int, bodies: Iterable[tuple[bytes, str | None]]
) -> None:
    """Expect that each is refused with the product's own page, and that nothing is stored."""
    chat = await new_chat(web)
    for body, kind in bodies:
        answer = await post(web, chat, body, kind)
        assert (answer.status_code, kind, body[:99]) == (status, kind, body[:99])
        assert 'class="error-page__status"' in answer.text
        assert f'href="{list_path(chat)}"' in answer.text
    assert await stored(db) == []


async def test_what_is_no_utf_8_is_refused(web: Web, db: Connection) -> None:
    latin, half = b"Gr\xfc\xdfe", b"\xed\xa0\x80"
    bodies = [
        (b"content=" + latin, FORM),
        (b"content=%ff%fe%80", FORM),
        (b"content=Gr%FC%DFe", FORM),
        (b"content=%ED%A0%80", FORM),
        (b"content=%C3", FORM),
        (b"content=Hello&%ff=x", FORM),
        (b"content=Hello&key=" + half, FORM),
        (multipart('name="content"', latin), BOUNDARY),
        (multipart('name="content"', half), BOUNDARY),
        (multipart('name="content"').replace(b"content", latin), BOUNDARY),
        (multipart('name="content"', extra="X: ").replace(b"X: ", b"X: \xff\r\n"), BOUNDARY),
    ]
    await expect_refusals(web, db, 400, bodies)


async def test_a_form_in_another_encoding_is_refused_before_it_is_read(
    web: Web, db: Connection
) -> None:
    """There are codecs that take half a minute for this, and such that raise whatever they read."""
    charsets = (
        *("punycode", "undefined", "idna", "raw_unicode_escape", "unicode_escape", "utf-7"),
        *("utf-16", "utf-8-sig", "latin-1", "rot13", "base64", "bz2", "zip", "nonsense", '""'),
        *("utf-8; charset=punycode", '"UTF-8\\""', "utf_8", "../x", "a" * 4000),
    )
    large = b"1" * MEGABYTE
    bodies = [
        (body, f"{kind}; charset={charset}")
        for charset in charsets
        for body, kind in [(multipart('name="content"', large), BOUNDARY), (large, FORM)]
    ]
    await expect_refusals(web, db, 415, bodies)


async def test_what_is_no_form_is_refused(web: Web, db: Connection) -> None:
    bodies = [
        (b"", None),
        (b"content=Hello", None),
        (b'{"content": "Hello"}', "application/json"),
        (b'{"content": "Hello"}', "application/json; charset=punycode"),
        (b"content=Hello", "text/plain"),
        (b"content=Hello", "; ; ="),
        (b"content=Hello", f"{FORM}x"),
        (multipart('name="content"'), "multipart/x; boundary=b"),
        (multipart('name="content"'), "multipart/mixed; boundary=b"),
    ]
    await expect_refusals(web, db, 415, bodies)


async def test_text_in_utf_8_is_read_however_it_is_said(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    text = "Grüße, 100% \N{SPEECH BALLOON}"
    raw = text.encode()
    forms = [
        (b"content=" + quote(text).encode(), FORM),
        (b"content=" + quote(text).replace("%C3%BC", "%c3%bc").encode(), f"{FORM};charset=UTF-8"),
        (b"content=" + quote_plus(text).encode(), f'{FORM}; Charset="utf-8"'),
        (b"content=" + raw.replace(b" ", b"+"), f"{FORM}; charset=utf8"),
        (multipart('name="content"', raw), BOUNDARY),
        (multipart('name="content"', raw), f"{BOUNDARY}; charset=Utf-8"),
        (
            multipart('name="content"', raw, "Content-Type: text/plain; charset=punycode\r\n"),
            BOUNDARY,
        ),
        (multipart('name="content"', raw, "Content-Transfer-Encoding: base64\r\n"), BOUNDARY),
    ]
    answers = [await post(web, chat, *form) for form in forms]
    assert {answer.status_code for answer in answers} == {200}
    assert await stored(db) == [text] * len(forms)


async def test_percent_signs_that_stand_for_nothing_are_left_alone(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    assert (await post(web, chat, b"content=%u0041%zz%")).status_code == 200
    assert await stored(db) == ["%u0041%zz%"]


async def test_three_megabytes_of_text_are_refused_in_the_frame_with_the_text_kept(
    web: Web,
) -> None:
    chat = await new_chat(web)
    text = "x" * (3 * MEGABYTE)
    response = await send(web, chat, text)
    assert response.status_code == 422
    assert error_in(response.text).endswith("this one has 3,145,728.")
    assert text_in_the_box(response.text) == text


async def test_a_body_over_four_megabytes_is_too_large(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    async with http_client(f"http://{web.address}") as client:
        response = await client.post(
            form_path(chat), content=b"content=" + b"x" * MAX_BODY_BYTES, headers=FRAME
        )
    assert response.status_code == 413
    assert 'href="/chat/"' in response.text
    assert await stored(db) == []


async def test_a_body_that_hides_its_length_is_cut_off(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"content="
        while sent < 4 * MAX_BODY_BYTES:
            sent += 64 * 1024
            yield b"x" * 64 * 1024

    headers = {**FRAME, "content-type": FORM}
    response = await web.client.post(form_path(chat), content=endless(), headers=headers)
    assert response.status_code == 413
    assert await stored(db) == []


async def test_a_form_without_its_field_has_no_content(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    bodies = (b"", b"=&&&=;content", b"Content=Hello&content[]=Hello")
    answers = [await post(web, chat, body) for body in bodies]
    assert [answer.status_code for answer in answers] == [422] * len(bodies)
    assert await stored(db) == []


async def test_broken_multipart_is_refused(web: Web, db: Connection) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="content"\r\n'
    bodies = [
        (b"Hello", "multipart/form-data"),
        (b"Hello", "multipart/form-data; boundary=" + "b" * 300),
        (b"Hello", BOUNDARY),
        (multipart("nothing"), BOUNDARY),
        (b"--b\r\nX: y\r\n\r\nHello\r\n--b--\r\n", BOUNDARY),
        (part + b"X: y\r\n" * 100_000, BOUNDARY),
        (part + b"X: " + b"y" * MEGABYTE, BOUNDARY),
        (part + b"y" * MEGABYTE, BOUNDARY),
    ]
    await expect_refusals(web, db, 400, bodies)


async def test_multipart_that_is_cut_off_has_no_content(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    for body, kind in [
        (multipart('name="content"')[:-9], BOUNDARY),
        (b"\r\n" * MEGABYTE, BOUNDARY),
        (b"Hello", "multipart/form-data; boundary="),
    ]:
        assert (await post(web, chat, body, kind)).status_code in {400, 422}
    assert await stored(db) == []


async def test_a_file_is_no_message(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    for size in (5, 3 * MEGABYTE):
        files = {"content": ("a.txt", b"x" * size, "text/plain")}
        response = await web.client.post(form_path(chat), files=files, headers=FRAME)
        assert response.status_code == 400
        assert 'href="/chat/"' in response.text
    assert await stored(db) == []


async def test_of_a_field_that_comes_twice_the_last_counts(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    await post(web, chat, b"content=One&content=Two&key=a&key=b")
    assert await stored(db) == ["Two"]


async def test_unknown_fields_are_passed_over_but_not_any_number_of_them(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n'
    for status, count in [(200, MAX_FIELDS - 1), (400, MAX_FIELDS), (400, 10_000)]:
        for body, kind in [
            (b"x=y&" * count + b"content=Hello", FORM),
            (part * count + multipart('name="content"'), BOUNDARY),
        ]:
            assert (await post(web, chat, body, kind)).status_code == status
    assert (await post(web, chat, b"content=Hello" + b"&" * MEGABYTE)).status_code == 400
    assert await stored(db) == ["Hello", "Hello"]


@pytest.mark.parametrize(
    ("protocol", "pause"), [("h2c", 0), ("websocket", 0.2), ("h2c, websocket", 0.2)]
)
async def test_a_body_behind_an_upgrade_that_is_ignored_is_the_body(
    web: Web, db: Connection, protocol: str, pause: float
) -> None:
    """Else it would be lost, or read as a request of its own: one that nobody has checked."""
    chat = await new_chat(web)
    inner = (
        f"POST {form_path(chat)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n"
        "Content-Length: 16\r\n\r\ncontent=smuggled"
    )
    body = f"content={quote(inner)}"
    head = (
        f"POST {form_path(chat)} HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\n"
        f"Upgrade: {protocol}\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with connected(web.address) as connection:
        await connection.send(head.encode())
        await passed(pause)
        await connection.send(body.encode())
        answer = await connection.read_to_end()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 303 ")
    assert await stored(db) == [inner.replace("\r\n", "\n")]


async def test_a_body_that_does_not_get_on_is_given_up(
    web: Web, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.2)
    chat = await new_chat(web)
    foreign = "Sec-Fetch-Site: cross-site\r\n"
    for more, status in (("", 408), (foreign, 403), ("Content-Length: 9000000\r\n", 413)):
        length = more if "Length" in more else f"{more}Content-Length: 100\r\n"
        head = f"POST {form_path(chat)} HTTP/1.1\r\nHost: localhost\r\n{length}"
        answer = await answer_to(web.address, f"{head}Content-Type: {FORM}\r\n\r\nx".encode())
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert "connection: close\r\n" in answer
        assert 'href="/chat/"' in answer
    assert await stored(db) == []
