"""Finds what an endpoint says in the body of a refusal, whichever of many shapes it has."""

import html
import json
from typing import Final

import nh3

from services.ai.provider.fields import Members, items, members

LONGEST_TEXT: Final = 8192
LONGEST_PAGE: Final = 16_384


def is_page(body: str) -> bool:
    """Tell a web page from anything that an endpoint would say."""
    return body.startswith("<")


def page_text(page: str) -> str:
    """Return what a web page says, without its markup, scripts and styles."""
    spaced = page[:LONGEST_PAGE].replace("<", " <")
    return html.unescape(nh3.clean(spaced, tags=set())).strip()[:LONGEST_TEXT]


def message_of(error: Members) -> str:
    """Join the message, and what a router passes on from the endpoint behind it."""
    message = error.get("message")
    # Mistral's holds what FastAPI's would be.
    message = message.get("detail") if isinstance(message, dict) else message
    passed_on = members(error.get("metadata")).get("raw")
    said = (_detail(message), passed_on, _detail(error.get("detail")))
    return " ".join(text for text in said if isinstance(text, str))


def body_as_text(value: object) -> str:
    """Return a body that has no message as it stands; nothing of one that is empty."""
    if not value:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)[:LONGEST_TEXT]
    except RecursionError:
        return ""


def _detail(detail: object) -> str | None:
    """Return FastAPI's detail: a text, or a list of what is wrong and where, with the input."""
    if isinstance(detail, str) or detail is None:
        return detail
    faults = [members(item) for item in items(detail)]
    if faults and all("msg" in fault for fault in faults):
        return "; ".join(f"{_place(fault.get('loc'))}{fault['msg']}" for fault in faults)
    return body_as_text(detail)


def _place(location: object) -> str:
    steps = ".".join(str(step) for step in items(location))
    return f"{steps}: " if steps else ""
