"""When an endpoint is asked again, and after how long."""

import random
from typing import Final

from services.ai.provider.faults import Fault

MOST_RETRIES: Final = 2
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 8.0
LONGEST_OBEYED: Final = 20.0
"""Seconds; to wait longer is for the reader to decide."""

_random: Final = random.SystemRandom()


def pause_before_retry(fault: Fault, retries: int) -> float | None:
    """Return how many seconds to wait before the next try, or None where there is to be none.

    Without a word from the endpoint the pause is anything from 0 to a bound that doubles ("full
    jitter"); what it asks for is obeyed, up to 20 seconds, and a little more is added. Where the
    connection ended before the answer there is none at first: the endpoint closes idle ones too.
    """
    if not fault.is_transient or retries >= MOST_RETRIES:
        return None
    if fault.is_disconnect and not retries:
        return 0.0
    wait = fault.error.retry_after
    if wait is None:
        return _random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**retries))
    if wait > LONGEST_OBEYED:
        return None
    return wait + _random.uniform(0, min(wait, 1.0) / 4)
