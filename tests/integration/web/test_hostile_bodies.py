"""Bodies that no page of ours sends: each ends in an answer that says so, never in a 500."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import httpx2
import pytest

from services.shared.bus import Bus
from services.web.app import MAX_BODY_BYTES
from services.web.db.pool import Connection
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
from tests.support.rude_client import answer_to
from tests.support.stack import Web

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


async def test_bytes_that_are_no_text_and_half_characters_harm_nothing(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)
    bodies = (
        (b"content=\xff\xfe", FORM),
        (b"content=%ff%fe%80", FORM),
        (b"content=%ED%A0%80", FORM),
        (b"content=%u0041%zz%", FORM),
        (multipart('name="content"', b"\xff\xed\xa0\x80"), BOUNDARY),
        (multipart('name="content"', b"+2AA-x"), f"{BOUNDARY}; charset=utf-7"),
        (multipart('name="content"', rb"\ud800 x"), f"{BOUNDARY}; charset=unicode_escape"),
        (multipart('name="content"', b"x"), f"{BOUNDARY}; charset=rot13"),
        (multipart('name="content"', b"x"), f"{BOUNDARY}; charset=nonsense"),
    )
    answers = [await post(web, chat, *body) for body in bodies]
    assert {answer.status_code for answer in answers} == {200}
    assert (await web.client.get(list_path(chat))).status_code == 200
    assert all("\x00" not in text for text in await stored(db))


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
    async with httpx2.AsyncClient(base_url=f"http://{web.address}") as client:
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


async def test_what_is_no_form_has_no_content(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    bodies: tuple[tuple[bytes, str | None], ...] = (
        (b"", None),
        (b"", FORM),
        (b"content=Hello", None),
        (b'{"content": "Hello"}', "application/json"),
        (b"content=Hello", "text/plain"),
        (b"content=Hello", "; ; ="),
        (b"=&&&=;content", FORM),
        (b"Content=Hello&content[]=Hello", FORM),
    )
    answers = [await post(web, chat, *body) for body in bodies]
    assert [answer.status_code for answer in answers] == [422] * len(bodies)
    assert await stored(db) == []


async def test_broken_multipart_is_refused(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    bodies = (
        (b"Hello", "multipart/form-data"),
        (b"Hello", "multipart/form-data; boundary="),
        (b"Hello", BOUNDARY),
        (multipart("nothing"), BOUNDARY),
        (multipart('name="content"')[:-9], BOUNDARY),
        (multipart('name="content"', extra="Content-Transfer-Encoding: base64\r\n"), "multipart/x"),
    )
    answers = [await post(web, chat, *body) for body in bodies]
    assert {answer.status_code for answer in answers} <= {400, 422}
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


async def test_unknown_fields_are_passed_over_and_ten_thousand_refused(
    web: Web, db: Connection
) -> None:
    chat = await new_chat(web)

    def fields(count: int) -> Iterator[str]:
        yield f"content={quote('Grüße')}"
        yield from (f"field{number}=x" for number in range(count))

    few, many = await asyncio.gather(
        *(post(web, chat, "&".join(fields(count)).encode()) for count in (500, 10_000))
    )
    assert (few.status_code, many.status_code) == (200, 400)
    assert await stored(db) == ["Grüße"]


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
