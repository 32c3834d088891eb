"""Forms, whatever arrives in them."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.web.errors import BadFormError, UnsupportedMediaTypeError
from services.web.forms import Invalid, read_fields, validate
from services.web.messages.forms import MessageForm

LIMIT = 20
EMPTY = Invalid({"content": "Write a message first."})


TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=b; charset=utf-8",
)
HEAD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
PIECES = (
    HEAD,
    b"\r\n--b",
    b"--",
    b"\r\n",
    b"a=b",
    b"&",
    b"%C3",
    b"%A4",
    b"%",
    b"\xc3",
    b"\xa4",
    b";",
)


def request(body: bytes, content_type: str) -> Request[Any]:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", content_type.encode("latin-1"))]
    return Request({"type": "http", "method": "POST", "headers": headers, "app": None}, receive)


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=9)).map(b"".join),
    st.sampled_from(TYPES) | st.characters(max_codepoint=255).map(lambda c: f"{TYPES[1]}{c}"),
)
async def test_any_body_is_text_that_can_be_stored_or_is_refused(
    body: bytes, content_type: str
) -> None:
    with suppress(BadFormError, UnsupportedMediaTypeError):
        fields = await read_fields(request(body, content_type))
        text = "".join([*fields, *fields.values()])
        assert text.encode().decode() == text


@given(st.dictionaries(st.text(), st.text(), max_size=9))
async def test_what_was_urlencoded_is_read_as_it_was(fields: dict[str, str]) -> None:
    assert await read_fields(request(urlencode(fields).encode(), TYPES[0])) == fields


def read(**fields: str) -> MessageForm | Invalid:
    return validate(MessageForm, fields, {"max_chars": LIMIT})


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_message_or_is_refused_with_one_sentence(content: str, key: str) -> None:
    form = read(content=content, key=key)
    if isinstance(form, Invalid):
        (sentence,) = form.errors.values()
        assert sentence.endswith(".")
        return
    assert 0 < len(form.content) <= LIMIT
    assert form.content.strip()
    assert all(character >= " " or character in "\t\n" for character in form.content)


@given(st.text(alphabet="ab \t\r\n\x00\x1f\x85\u2028é💬", max_size=30))
def test_reading_what_was_read_changes_nothing(content: str) -> None:
    form = read(content=content)
    if isinstance(form, MessageForm):
        again = read(content=form.content)
        assert isinstance(again, MessageForm)
        assert again.content == form.content


@given(st.lists(st.sampled_from(["a", " b", ""]), max_size=5))
def test_every_kind_of_line_end_is_the_same(lines: list[str]) -> None:
    forms = [read(content=end.join(lines)) for end in ("\n", "\r\n", "\r")]
    contents = {form.content if isinstance(form, MessageForm) else "" for form in forms}
    assert len(contents) == 1


@given(st.text(alphabet=" \t\r\n\u00a0\u3000\u2028"))
def test_the_blank_is_empty_however_long(blank: str) -> None:
    assert read(content=blank) == EMPTY
    assert read() == EMPTY


def test_the_limit_is_met_exactly() -> None:
    assert isinstance(read(content="x" * LIMIT), MessageForm)
    assert read(content="x" * (LIMIT + 1)) == Invalid(
        {"content": "A message may have 20 characters; this one has 21."}
    )


@given(st.uuids())
def test_a_key_is_kept(key: UUID) -> None:
    for spelling in (str(key), str(key).upper(), key.hex):
        form = read(content="x", key=spelling)
        assert isinstance(form, MessageForm)
        assert form.key == key


def test_without_a_key_every_message_gets_one() -> None:
    forms = [read(content="x"), read(content="x"), read(content="x", key=f"{uuid4()}0")]
    assert len({form.key for form in forms if isinstance(form, MessageForm)}) == 3
