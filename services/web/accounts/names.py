"""The names by which people sign in."""

import unicodedata
from typing import Final

NAME_CHARS: Final = 64
LOCAL_NAME: Final = "local"
"""The account of a single-user server."""
NAME_RULE: Final = (
    f"1 to {NAME_CHARS} letters, digits and . _ - + @, beginning with a letter or digit"
)
# The time of normalising grows with the square of the length (a run of combining marks is sorted).
_MOST_TYPED_CHARS: Final = 1000
_SIGNS: Final = frozenset("._-+@")
# Letters, digits, and the marks that many scripts write vowels with.
_KINDS: Final = frozenset("LNM")


def normal_name(text: str) -> str:
    """Return a name as it is stored, so that `Alice` and `alice` are one person's.

    (Unicode Standard, section 3.13: default caseless matching of identifiers.) What is too long
    for any name stays as it is.
    """
    typed = text.strip()
    if len(typed) > _MOST_TYPED_CHARS:
        return typed
    # Folding may leave marks in an order that only the normal form undoes, and the reverse.
    return _normal(_normal(unicodedata.normalize("NFD", typed)))


def is_name(name: str) -> bool:
    """Return whether an account may get this normal name."""
    return (
        name != LOCAL_NAME
        and 0 < len(name) <= NAME_CHARS
        and name[0].isalnum()
        and all(char in _SIGNS or unicodedata.category(char)[0] in _KINDS for char in name)
    )


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text.casefold())
