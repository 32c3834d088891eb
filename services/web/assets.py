"""The built front end, served so that browsers keep it for good: a file's name holds its hash."""

from os import PathLike, stat_result
from typing import Final, override

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.web.rendering import ASSETS

FOR_GOOD: Final = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Static files that never change under their name."""

    def __init__(self) -> None:
        super().__init__(directory=ASSETS)

    @override
    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file and the permission to keep it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = FOR_GOOD
        return response
