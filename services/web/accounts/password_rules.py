"""Which passwords are accepted: long ones that are not easy to guess (NIST SP 800-63B-4, 3.1.1.2).

There are no rules of composition, and passwords do not expire.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Final

from services.web.accounts.passwords import normal_password

MOST_CHARS: Final = 1000
# What follows can only make a password harder to guess. Forty signs that stand for letters take
# zxcvbn 1.5 s of CPU, these 0.2 s.
_JUDGED_CHARS: Final = 24
# Of 0 to 4: "safely unguessable, moderate protection from offline slow-hash scenario" (zxcvbn).
_LEAST_SCORE: Final = 3
_thread: Final = ThreadPoolExecutor(1, thread_name_prefix="password-rules")


async def objection(password: str, *, name: str, least_chars: int) -> str | None:
    """Return what is wrong with a new password of account `name`, in a sentence, or None."""
    fault = wrong_length(password, least_chars=least_chars)
    return fault or await weakness(password, name=name)


def wrong_length(password: str, *, least_chars: int) -> str | None:
    """Return a sentence if a new password is too short or too long."""
    chars = len(normal_password(password))
    if chars < least_chars:
        return f"A password has {least_chars} characters or more; this one has {chars}."
    if chars > MOST_CHARS:
        return f"A password has {MOST_CHARS:,} characters at most; this one has {chars:,}."
    return None


async def weakness(password: str, *, name: str) -> str | None:
    """Return a sentence if a password is easy to guess; that takes up to 0.2 s of CPU."""
    judged = password[:_JUDGED_CHARS]
    loop = asyncio.get_running_loop()
    if await loop.run_in_executor(_thread, _score, judged, name) < _LEAST_SCORE:
        return (
            "That is easy to guess: it is common, has a pattern, or is close to your name. Four or"
            " five unrelated words make a good password."
        )
    return None


def _score(password: str, name: str) -> int:
    # Its lists of words take 13 MB, and most processes never see a new password.
    zxcvbn: Any = import_module("zxcvbn")
    score: int = zxcvbn.zxcvbn(password, user_inputs=[name, "natter"])["score"]
    return score
