"""The path below which a proxy serves web, as a field's type."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

# Characters that a URL never encodes (RFC 3986, "unreserved"): there is one way to write it.
SEGMENT: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]+")


def check_base_path(written: str) -> str:
    """Return a base path without its final slash: empty for the root.

    Raises ValueError for anything else.
    """
    root, *segments = written.removesuffix("/").split("/")
    if root or not all(map(SEGMENT.fullmatch, segments)):
        raise ValueError(
            "a base path is written as `/natter`: a slash at its beginning, and between slashes"
            " letters, digits and `-._~`, but not `.` or `..`"
        )
    return written.removesuffix("/")


type BasePath = Annotated[str, AfterValidator(check_base_path)]
"""Empty, or a path such as `/natter`."""
