"""Which passwords are accepted: long ones that are not easy to guess (NIST SP 800-63B-4, 3.1.1.2).

There are no rules of composition, and passwords do not expire.
"""

import asyncio
from importlib import import_module
from typing import Any, Final

from services.web.accounts.passwords import normal_password

MOST_CHARS: Final = 1000
# zxcvbn takes no more; what follows can only make a password harder to guess.
_JUDGED_CHARS: Final = 72
# Of 0 to 4: "safely unguessable, moderate protection from offline slow-hash scenario" (zxcvbn).
_LEAST_SCORE: Final = 3


async def objection(password: str, *, name: str, least_chars: int) -> str | None:
    """Return what is wrong with a new password of account `name`, in a sentence, or None."""
    chars = len(normal_password(password))
    if chars < least_chars:
        return f"A password has {least_chars} characters or more; this one has {chars}."
    if chars > MOST_CHARS:
        return f"A password has {MOST_CHARS:,} characters at most; this one has {chars:,}."
    if await asyncio.to_thread(_score, password[:_JUDGED_CHARS], name) < _LEAST_SCORE:
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
