"""Explains to a reader why an answer failed: what happened, whose fault it is, what to do next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.shared.bus.answer_errors import EndpointDetails
from services.shared.pages.failure_texts import CAUSES, OTHER_ADDRESS, UNKNOWN, WITHOUT_V1

DEFAULT_CONNECTION: Final = "default"
"""The name of the connection that OPENAI_* variables make."""

_ASKED_PATHS: Final = ("/chat/completions", "/models/", "/models")
_NO_DETAILS: Final = EndpointDetails()
_V1: Final = "/v1"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The sentences that a page shows in the answer's place."""

    happened: str
    advice: str


def explain(error: str | None, details: EndpointDetails | None) -> Explanation:
    """Explain an error class; an unknown one comes from a newer service."""
    cause = CAUSES.get(error or "", UNKNOWN)
    names = _names(details or _NO_DETAILS)
    has_names = all(value or f"{{{name}}}" not in cause.named for name, value in names.items())
    happened = cause.named if cause.named and has_names else cause.happened
    advice = _suggesting(names) if error == "not_found" and names["suggestion"] else cause.advice
    return Explanation(happened.format(**names), advice.format(**names))


def facts(details: EndpointDetails | None) -> Iterator[tuple[str, str]]:
    """Yield the details that a reader can unfold below the sentences: labels and values."""
    if details is None:
        return
    labelled = (
        ("Asked", details.address),
        ("Model", details.model),
        ("Connection", details.connection),
        ("HTTP status", str(details.status or "")),
        ("Tool", details.tool),
        ("What came back", details.said),
    )
    yield from ((label, value) for label, value in labelled if value)


def _suggesting(names: Mapping[str, str]) -> str:
    is_without = names["suggestion"] == names["base"].rstrip("/") + _V1
    return WITHOUT_V1 if is_without else OTHER_ADDRESS


def _names(details: EndpointDetails) -> dict[str, str]:
    base = details.address
    for path in _ASKED_PATHS:
        base = base.removesuffix(path)
    return {
        "base": base,
        "model": details.model,
        "tool": details.tool,
        "suggestion": details.suggestion,
        "key": _setting(details, "OPENAI_API_KEY", "api_key"),
        "model_setting": _setting(details, "OPENAI_MODEL", "model"),
        "address_setting": _setting(details, "OPENAI_BASE_URL", "base_url"),
    }


def _setting(details: EndpointDetails, variable: str, member: str) -> str:
    """Describe where a value of the connection is set."""
    if details.connection in ("", DEFAULT_CONNECTION):
        return f"in {variable}"
    return f"as {member} of “{details.connection}” in NATTER_AI_CONNECTIONS"
