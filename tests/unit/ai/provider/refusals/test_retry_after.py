"""How long an endpoint asks to wait, in all the ways to say so, and how long the pauses are."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.ai.provider.errors import EndpointError
from services.ai.provider.refusals.faults import Fault
from services.ai.provider.refusals.retry_after import retry_after
from services.ai.provider.request.sending import pause_before_retry

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = format_datetime(NOW + timedelta(seconds=90), usegmt=True)


def test_headers_say_how_long() -> None:
    cases: list[tuple[dict[str, str], float | None]] = [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": LATER}, 90),
        ({"retry-after": LATER, "date": format_datetime(NOW - timedelta(hours=1))}, 3690),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1))}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, None),
        ({"retry-after": LATER, "date": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, 90),
        ({"x-ratelimit-reset-requests": "5\u017f"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "999999999"}, 86_400),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-reset-tokens": "17ms"}, 0.017),
        (
            {
                "x-ratelimit-reset-requests": "1h",
                "x-ratelimit-remaining-requests": "99",
                "x-ratelimit-reset-tokens": "7.66s",
                "x-ratelimit-remaining-tokens": "0",
            },
            7.66,
        ),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 5)}, 5),
        ({"x-ratelimit-reset": str((int(NOW.timestamp()) + 5) * 1000)}, 5),
        ({"ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-reset-requests": "2026-11-22T12:01:00Z"}, 60),
        ({"x-ratelimit-reset-requests": "never"}, None),
        ({}, None),
    ]
    for headers, seconds in cases:
        assert retry_after(headers, "", NOW) == pytest.approx(seconds), headers


def test_words_say_how_long() -> None:
    cases: list[tuple[str, float | None]] = [
        ("Please try again in 7s.", 7),
        ("Please try again in 7.66s. Visit the site.", 7.66),
        ("try again in 350ms", 0.35),
        ("Try again in 1m30.5s", 90.5),
        ("Please retry in 36.4s.", 36.4),
        ("Please retry after 12 seconds.", 12),
        ("wait 2 minutes, 5 seconds", 125),
        ("Retry in 250 milliseconds", 0.25),
        ("Please try again in 1 hour", 3600),
        ("Please try again later. Limit 5 models.", None),
        ("Limit 3 / 20s", None),
        ("Please try again in 5\u017f", None),
        ("", None),
    ]
    for said, seconds in cases:
        assert retry_after({}, said, NOW) == pytest.approx(seconds), said


def fault(retry_after: float | None = None, *, is_transient: bool = True) -> Fault:
    return Fault(EndpointError("rate_limit", retry_after=retry_after), is_transient)


def test_pauses_are_jittered_and_grow() -> None:
    for retries, longest in ((0, 0.5), (1, 1.0)):
        pauses = {pause_before_retry(fault(), retries) for _ in range(50)}
        assert len(pauses) > 1
        assert all(pause is not None and 0 <= pause <= longest for pause in pauses)


def test_some_faults_are_not_worth_another_try() -> None:
    final = (fault(is_transient=False), fault(1, is_transient=False), fault(20.1))
    assert [pause_before_retry(one, 0) for one in final] == [None] * 3
    assert pause_before_retry(fault(), 2) is None


def test_the_wait_that_the_endpoint_asks_for_is_kept_with_a_little_more() -> None:
    for wait in (0.0, 0.01, 20.0):
        pause = pause_before_retry(fault(wait), 1)
        assert pause is not None
        assert wait <= pause <= wait + 0.25
