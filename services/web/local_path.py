"""Reads a path of this server from outside, for instance where to go on after signing in."""

import re
from typing import Final

DEFAULT: Final = "/"
MAX_CHARS: Final = 2_000
# No segment is empty or begins with a dot, and there is nothing that a browser strips or reads as
# a slash (URL Standard, section 4.4): so the result has no host, and stays below the base path.
LOCAL_PATH: Final = re.compile(
    r"""
    (?: /[A-Za-z0-9][A-Za-z0-9._~-]* )*  /?
    (?: \? [A-Za-z0-9*._~=&+%-]* )?
    (?: \# [A-Za-z0-9_-]* )?
    """,
    re.VERBOSE | re.ASCII,
)


def local_path(text: str | None) -> str:
    """Return `text` if it is a path of this server, without the base path; else `/`.

    It may have a query and a fragment, as web writes them: anything special is percent-encoded.
    """
    if text is None or not text.startswith("/") or len(text) > MAX_CHARS:
        return DEFAULT
    return text if LOCAL_PATH.fullmatch(text) else DEFAULT
