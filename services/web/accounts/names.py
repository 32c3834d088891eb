"""The names by which people sign in."""

import re
import unicodedata
from typing import Final

NAME_CHARS: Final = 64
LOCAL_NAME: Final = "local"
"""The account of a single-user server."""
NAME_RULE: Final = (
    f"1 to {NAME_CHARS} letters, digits and . _ - + @, beginning with a letter or digit"
)
_NAME: Final = re.compile(r"[^\W_][\w.@+-]{0,63}")


def normal_name(text: str) -> str:
    """Return a name as it is stored, so that `Alice` and `alice` are one person's.

    (Unicode Standard, section 3.13: default caseless matching of identifiers.)
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def is_name(name: str) -> bool:
    """Return whether an account may get this normal name."""
    return name != LOCAL_NAME and _NAME.fullmatch(name) is not None
