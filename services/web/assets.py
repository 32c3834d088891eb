"""The built front end, served so that browsers keep it for good: a file's name holds its hash.

While web is replaced, a page of one version asks the other for its files. Another version's file is
not there, so this version's own stands in for it, and is not kept: the next page asks again.
"""

import re
from collections.abc import Mapping
from os import PathLike, stat_result
from pathlib import PurePath
from typing import Final, override

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.web.rendering import ASSETS, read_manifest

FOR_GOOD: Final = "public, max-age=31536000, immutable"
NOT_AT_ALL: Final = "no-store"
# esbuild's `[name]-[hash]`, in base 32, and the map beside a script or a style.
_HASHED: Final = re.compile(r"(?P<stem>[^/]+)-[A-Z2-7]{8}(?P<suffix>\.[a-z]+)(?P<map>\.map)?")


class Assets(StaticFiles):
    """Static files that never change under their name, and stand in for those of other versions."""

    def __init__(self) -> None:
        super().__init__(directory=ASSETS)
        self._manifest = read_manifest()

    @override
    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        """Find a file, or the one that this version has in its place."""
        found = super().lookup_path(path)
        own = own_name(path, self._manifest) if found[1] is None else None
        return super().lookup_path(own) if own else found

    @override
    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file, and the permission to keep it where its name says what is in it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked, given = PurePath(scope["path"]).name, PurePath(full_path).name
        is_itself = asked == given and _HASHED.fullmatch(given)
        response.headers["cache-control"] = FOR_GOOD if is_itself else NOT_AT_ALL
        return response


def own_name(name: str, manifest: Mapping[str, str]) -> str | None:
    """Return the file that this version has for a hashed name of any; None where it has none."""
    hashed = _HASHED.fullmatch(name)
    if hashed is None or (own := manifest.get(hashed["stem"] + hashed["suffix"])) is None:
        return None
    return own + (hashed["map"] or "")
