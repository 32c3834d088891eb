"""Reads a form into a model, or into a sentence for each wrong field."""

import asyncio
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import PydanticCustomError
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.web.errors import BadFormError, UnsupportedMediaTypeError
from services.web.state import State

MAX_FIELDS: Final = 100
LOOK_AGAIN_SECONDS: Final = 1.0
SHORT_BYTES: Final = 64 * 1024
# Neither PostgreSQL nor HTML can hold these; the replacement shows that they were there.
UNREADABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\t\n"}
URLENCODED: Final = b"application/x-www-form-urlencoded"
MULTIPART: Final = b"multipart/form-data"
UTF_8: Final = frozenset({b"utf-8", b"utf8"})
# `BodyLimit` has limited the whole body; the form refuses a text that is too long.
_ANY_SIZE: Final = sys.maxsize
_long_forms: Final = ThreadPoolExecutor(1, thread_name_prefix="forms")


@dataclass(frozen=True, slots=True)
class Invalid:
    """A refused form: a sentence for each wrong field."""

    errors: dict[str, str]


async def read_fields(request: Request[State]) -> dict[str, str]:
    """Return the text fields of the request's form; of fields with one name, the last.

    Raises `UnsupportedMediaTypeError` (415) if the header does not declare a form in UTF-8, and
    `BadFormError` (400) if the form is not UTF-8, is broken, has too many fields or a file.
    """
    media_type = _media_type(request)
    body = await request.body()
    await _check_again(request)
    try:
        if media_type == URLENCODED:
            return await _decoded(body)
        body.decode()
        form = await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=_ANY_SIZE)
    except (ValueError, HTTPException) as error:
        raise BadFormError from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _check_again(request: Request[State]) -> None:
    """Let the guard look again if the body took its time: the session may have ended meanwhile."""
    state = request.state
    if "session" in state and time.time() - state["session"].checked_at > LOOK_AGAIN_SECONDS:
        await state["check_session"]()


def clean_text(text: str) -> str:
    """Use one kind of line end (browsers send CRLF) and no control characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(UNREADABLE)


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


type CleanText = Annotated[str, BeforeValidator(_clean)]
"""The text of a field, cleaned."""


def within(text: str, most: int, what: str) -> str:
    """Return a text of at most `most` characters; refuse a longer one, named as `what`."""
    if len(text) > most:
        raise PydanticCustomError(
            "too_long",
            "{what} may have {limit} characters; this one has {length}.",
            {"what": what, "limit": f"{most:,}", "length": f"{len(text):,}"},
        )
    return text


def _media_type(request: Request[State]) -> bytes:
    """Return one of the two media types of forms (HTML, "Form submission"), if it is in UTF-8.

    No codec is looked up by the name that a client sends: some of Python's codecs need half a
    minute for a form, and some raise on any input.
    """
    media_type, options = parse_options_header(request.headers.get("content-type"))
    charset = options.get(b"charset", b"utf-8").lower()
    if media_type not in {URLENCODED, MULTIPART} or charset not in UTF_8:
        raise UnsupportedMediaTypeError
    return media_type


async def _decoded(body: bytes) -> dict[str, str]:
    if len(body) <= SHORT_BYTES:
        return _decode(body)
    # A body of percent signs takes a second: others wait behind it, and no other request does.
    return await asyncio.get_running_loop().run_in_executor(_long_forms, _decode, body)


def _decode(body: bytes) -> dict[str, str]:
    """Decode an urlencoded form (URL Standard, section 5.1); raises ValueError."""
    text = body.decode()
    fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    return dict(fields)


def validate[M: BaseModel](
    model: type[M], fields: Mapping[str, str], context: Mapping[str, object]
) -> M | Invalid:
    """Make a `model` of `fields`, or return what is wrong with each."""
    try:
        return model.model_validate(dict(fields), context=dict(context))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        return Invalid({str(fault["loc"][0]): fault["msg"] for fault in faults if fault["loc"]})
