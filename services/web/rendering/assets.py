"""Serves the built front end; a file's name holds its hash, so browsers cache it for good.

During a rolling update, a page of one version may ask the other version for its files. The answer
is then this version's own file, without permission to cache it, so the next page asks again.
"""

import json
import re
from collections.abc import Mapping
from os import PathLike, stat_result
from pathlib import Path, PurePath
from typing import Final, override

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS: Final = Path(__file__).parents[1] / "static" / "build"
ASSETS_PATH: Final = "/static/build"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
NOT_AT_ALL: Final = "no-store"
# esbuild's `[name]-[hash]`, in base 32, and the map beside a script or a style.
_HASHED: Final = re.compile(r"(?P<stem>[^/]+)-[A-Z2-7]{8}(?P<suffix>\.[a-z]+)(?P<map>\.map)?")


class AssetsMissingError(Exception):
    """The front end has not been built."""


class Assets(StaticFiles):
    """Static files that never change under their name, also instead of other versions' files."""

    def __init__(self) -> None:
        super().__init__(directory=ASSETS)
        self._manifest = read_manifest()

    @override
    def lookup_path(self, path: str) -> tuple[str, stat_result | None]:
        """Find a file, or this version's file for the same asset."""
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
        """Answer with a file; caches may keep it only if the request named this very file."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked, given = PurePath(scope["path"]).name, PurePath(full_path).name
        is_itself = asked == given and _HASHED.fullmatch(given)
        response.headers["cache-control"] = FOR_GOOD if is_itself else NOT_AT_ALL
        return response


def own_name(name: str, manifest: Mapping[str, str]) -> str | None:
    """Return this version's file for a hashed name of any version; None if there is none."""
    hashed = _HASHED.fullmatch(name)
    if hashed is None or (own := manifest.get(hashed["stem"] + hashed["suffix"])) is None:
        return None
    return own + (hashed["map"] or "")


def read_manifest() -> Mapping[str, str]:
    """Read the hashed file name of every asset."""
    try:
        manifest: dict[str, str] = json.loads((ASSETS / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise AssetsMissingError("the front end is not built: run `make run` once") from error
    return manifest
