"""Parses refusals out of response bodies of many shapes."""

import html
import json
import re
from collections.abc import Mapping
from typing import Final

import nh3

from services.ai.provider.errors import EndpointError
from services.ai.provider.json_fields import NO_MEMBERS, Members, items, members, parse
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal import Refusal

LONGEST_REFUSAL: Final = 65_536
"""Bytes of the body of a refusal."""
LONGEST_TEXT: Final = 8192
LONGEST_PAGE: Final = 16_384
"""Characters of a web page, markup included."""

_STATUS: Final = re.compile("[45][0-9]{2}")
_MOST_CODE: Final = 1_000_000


def read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """Take apart the body of a refusal; names in `headers` are in lower case."""
    try:
        value = parse(body)
    except (ValueError, RecursionError):
        text = body.decode(errors="replace").strip()
        if _is_page(text):
            # Its words are a proxy's, about anything: they say nothing of the class.
            return Refusal(status, "", _page_text(text), is_page=True, headers=headers)
        return Refusal(status, text[:LONGEST_TEXT], text[:LONGEST_TEXT], headers=headers)
    return refusal_of(value, status, headers)


def refusal_of(value: object, status: int = 0, headers: Mapping[str, str] = {}) -> Refusal:
    """Take apart an error that is JSON: OpenAI's, a flat one, a string, FastAPI's, a list of one.

    Cloudflare's `errors` are such a list. Without a status, as within a stream, a code that looks
    like one is taken for it.
    """
    listed = items(value)
    outer = members(listed[0] if listed else value)
    inner = outer.get("error") or next(iter(items(outer.get("errors"))), None)
    error = members(inner) if isinstance(inner, dict) else outer
    said = value if isinstance(value, str) else inner
    said = (said if isinstance(said, str) else _message_in(error))[:LONGEST_TEXT]
    named = [error.get("code"), error.get("type"), error.get("status")]
    named.append(members(error.get("innererror")).get("code"))
    codes = [code for code in map(_code, named) if code]
    param = error.get("param")
    return Refusal(
        status or next((int(code) for code in codes if _STATUS.fullmatch(code)), 0),
        said,
        said or _body_as_text(value),
        is_marked=bool(inner),
        codes=frozenset(codes),
        param=param if isinstance(param, str) else None,
        error=error or NO_MEMBERS,
        headers=headers,
    )


def unexpected_body(body: bytes, kind: str, mask: Mask) -> EndpointError:
    """Return the error for a body with status 200 that is neither an answer nor a list."""
    refusal = read_refusal(0, {}, body[:LONGEST_REFUSAL])
    error = refusal.as_error(kind, mask)
    if refusal.is_marked or refusal.status or error.error_class == "not_found":
        return error
    return EndpointError("bad_response", diagnosis=kind, said=error.said)


def _code(value: object) -> str:
    # A number may be too long to be written.
    is_number = isinstance(value, int) and 0 < value < _MOST_CODE
    return str(value).lower() if is_number or isinstance(value, str) else ""


def _is_page(body: str) -> bool:
    """Return whether a body is a web page, which no endpoint would send."""
    return body.startswith("<")


def _page_text(page: str) -> str:
    """Return the text of a web page, without its markup, scripts and styles."""
    spaced = page[:LONGEST_PAGE].replace("<", " <")
    return html.unescape(nh3.clean(spaced, tags=set())).strip()[:LONGEST_TEXT]


def _message_in(error: Members) -> str:
    """Join the message, and what a router forwards from the endpoint behind it."""
    message = error.get("message")
    # Mistral's holds what FastAPI's would be.
    message = message.get("detail") if isinstance(message, dict) else message
    passed_on = members(error.get("metadata")).get("raw")
    said = (_detail(message), passed_on, _detail(error.get("detail")))
    return " ".join(text for text in said if isinstance(text, str))


def _body_as_text(value: object) -> str:
    """Return a body without a message as JSON; "" where it is empty."""
    if not value:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)[:LONGEST_TEXT]
    except RecursionError:
        return ""


def _detail(detail: object) -> str | None:
    """Return FastAPI's detail: a text, or a list of faults and their places, without the input."""
    if isinstance(detail, str) or detail is None:
        return detail
    faults = [members(item) for item in items(detail)]
    if faults and all("msg" in fault for fault in faults):
        return "; ".join(f"{_place(fault.get('loc'))}{fault['msg']}" for fault in faults)
    return _body_as_text(detail)


def _place(location: object) -> str:
    steps = ".".join(str(step) for step in items(location))
    return f"{steps}: " if steps else ""
