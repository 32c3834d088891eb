"""Templates and built assets, as pages and as parts of pages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse

from services.shared.pages.rendering import Renderer
from services.web.rendered_texts import RenderedTexts

FOLDER: Final = Path(__file__).parent
ASSETS: Final = FOLDER / "static" / "build"
ASSETS_PATH: Final = "/static/build"


class AssetsMissingError(Exception):
    """The front end has not been built."""


class Templates(Renderer):
    """Renders the service's templates; `demo` is what every page is told of the endpoint.

    `texts` is the markdown that the templates are given.
    """

    def __init__(self, texts: RenderedTexts, *, demo: bool, base_path: str = "") -> None:
        super().__init__([FOLDER / "templates"], base_path=base_path)
        self.texts = texts
        manifest = read_manifest()
        self._environment.globals["asset"] = lambda name: self.url(
            f"{ASSETS_PATH}/{manifest[name]}"
        )
        self._environment.globals["now"] = lambda: datetime.now(UTC)
        self._environment.globals["app"] = {"demo": demo}

    def page(self, name: str, status: int = 200, /, **context: object) -> HTMLResponse:
        """Render template `name` as a whole page, not to be kept by caches."""
        headers = {"cache-control": "no-store", "vary": "accept, turbo-frame"}
        return HTMLResponse(self.partial(name, **context), status_code=status, headers=headers)


def read_manifest() -> Mapping[str, str]:
    """Read which hashed file stands for which asset."""
    try:
        manifest: dict[str, str] = json.loads((ASSETS / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise AssetsMissingError("the front end is not built: run `make run` once") from error
    return manifest
