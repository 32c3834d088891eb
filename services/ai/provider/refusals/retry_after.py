"""Reads how long an endpoint asks to wait, from its headers or its words."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT: Final = 86_400.0

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
# Without ASCII, other letters would match, too (U+017F is an "s" in lower case).
_LETTERS: Final = re.IGNORECASE | re.ASCII
_SPAN: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s?(ms|mi|[smhd])", _LETTERS)
_SPANS: Final = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?\s?(?:ms|[smhd]))+", _LETTERS)
_NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_SAID: Final = re.compile(
    r"\b(?:again|retry|retrying|wait)\D{0,40}"
    r"((?:\d{1,9}(?:\.\d{1,9})?\s?(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h"
    r"|days?|d)(?![a-z])[\s,]{0,2}){1,4})",
    _LETTERS,
)
_RESETS: Final = ("requests", "tokens")
_LONE_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset")
_EPOCH: Final = 1e9
_EPOCH_MS: Final = 1e12


def retry_after(headers: Mapping[str, str], said: str, now: datetime) -> float | None:
    """Return seconds, at most a day; None where the endpoint does not say.

    In this order: `Retry-After-Ms`, `Retry-After` as seconds or a date (RFC 9110, 10.2.3), words
    like "try again in 7s", the headers `X-RateLimit-Reset…`. The names of `headers` are in lower
    case.
    """
    found = (
        _number(headers.get("retry-after-ms"), scale=0.001),
        _number(headers.get("retry-after")),
        _until_date(headers.get("retry-after"), headers.get("date"), now),
        _in_words(said),
        _until_reset(headers, now),
    )
    seconds = next((seconds for seconds in found if seconds is not None), None)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def _number(value: str | None, scale: float = 1.0) -> float | None:
    value = (value or "").strip()
    return float(value) * scale if _NUMBER.fullmatch(value) else None


def _until_date(value: str | None, sent: str | None, now: datetime) -> float | None:
    """Count from the endpoint's own `Date`, where it sends one."""
    date, start = _date(value), _date(sent) or now
    return None if date is None else (date - start).total_seconds()


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _in_words(said: str) -> float | None:
    found = _SAID.search(said)
    return _span(found[1]) if found else None


def _until_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the longest reset of the limits that are used up, or of all where none says so."""
    names = [name for name in _RESETS if f"x-ratelimit-reset-{name}" in headers]
    spent = [name for name in names if headers.get(f"x-ratelimit-remaining-{name}") == "0"]
    values = [headers[f"x-ratelimit-reset-{name}"] for name in spent or names]
    values = values or [headers[name] for name in _LONE_RESETS if name in headers]
    times = [time for value in values if (time := _reset(value.strip(), now)) is not None]
    return max(times, default=None)


def _reset(value: str, now: datetime) -> float | None:
    """Read "6m0s", seconds, seconds or milliseconds since the epoch, or an ISO date."""
    if _SPANS.fullmatch(value):
        return _span(value)
    number = _number(value)
    if number is not None:
        if number < _EPOCH:
            return number
        return (number / 1000 if number >= _EPOCH_MS else number) - now.timestamp()
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _span(value: str) -> float:
    # "mi" stands for minutes: milliseconds have been replaced before.
    spans = _SPAN.findall(value.lower().replace("milliseconds", "ms").replace("millisecond", "ms"))
    return math.fsum(float(number) * _UNITS[unit.replace("mi", "m")] for number, unit in spans)
