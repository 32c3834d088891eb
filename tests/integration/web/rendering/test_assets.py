"""The built front end: kept for good by its hashed names, and there for pages of other versions."""

import gzip
import json
from itertools import product

from services.web.installing import MANIFEST_PATH
from services.web.rendering.assets import ASSETS, ASSETS_PATH, own_name
from services.web.rendering.templates import FOLDER
from tests.integration.web.pages import list_path, new_chat
from tests.support.stack import Web

BUILT = {".js", ".css", ".svg", ".png"}
MAX_STYLE_BYTES = 20 * 1024
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
OTHERS = (
    "application.js",
    "application-ABCDEF2.js",
    "application-ABCDEF189.js",
    "application-abcdef27.js",
    "application-ABCDEF27.svg",
    "application-ABCDEF27.js.map.map",
    "application-ABCDEF27.js\n",
    "other-ABCDEF27.js",
    "x/application-ABCDEF27.js",
    "-ABCDEF27.js",
    "manifest.json",
    "",
)
MANIFEST: dict[str, str] = json.loads((ASSETS / "manifest.json").read_text())


async def test_they_are_kept_for_good_and_found_by_their_hashed_names(web: Web) -> None:
    chat = await new_chat(web)
    page = (await web.client.get(list_path(chat))).text
    page += (await web.client.get(MANIFEST_PATH)).text
    for file in ASSETS.glob("*-*.*"):
        if file.suffix in BUILT:
            assert f'"{ASSETS_PATH}/{file.name}"' in page
            response = await web.client.get(f"{ASSETS_PATH}/{file.name}")
            assert response.content == file.read_bytes()
            assert response.headers["cache-control"] == KEPT_FOR_GOOD


def test_the_style_is_small() -> None:
    style = ASSETS / MANIFEST["application.css"]
    assert len(gzip.compress(style.read_bytes())) <= MAX_STYLE_BYTES


async def test_those_of_another_version_are_answered_with_this_ones_and_not_kept(web: Web) -> None:
    for name, more in product(MANIFEST, ("", ".map")):
        stem, _, suffix = name.partition(".")
        own = ASSETS / (MANIFEST[name] + more)
        response = await web.client.get(f"{ASSETS_PATH}/{stem}-ABCDEF27.{suffix}{more}")
        if own.exists():
            itself = await web.client.get(f"{ASSETS_PATH}/{own.name}")
            assert response.content == own.read_bytes(), own
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["content-type"] == itself.headers["content-type"]
        else:
            assert response.status_code == 404, own


async def test_what_has_no_hash_in_its_name_is_not_kept(web: Web) -> None:
    response = await web.client.get(f"{ASSETS_PATH}/manifest.json")
    assert response.json() == MANIFEST
    assert response.headers["cache-control"] == "no-store"


async def test_nothing_else_is_stood_in_for(web: Web) -> None:
    for name in OTHERS:
        assert own_name(name, MANIFEST) is None, name
        if name != "manifest.json":
            path = f"{ASSETS_PATH}/{name.replace('\n', '%0a')}"
            assert (await web.client.get(path)).status_code == 404, name


async def test_they_lead_nowhere_else(web: Web) -> None:
    for way in ("../../app.py", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "%00", ""):
        response = await web.client.get(f"{ASSETS_PATH}/{way}")
        assert response.status_code == 404, way


def test_a_page_asks_for_nothing_that_only_one_version_can_give() -> None:
    """No file asks for another by its hash, and no page says what must be in one."""
    built = {file.name for file in ASSETS.iterdir() if file.suffix in BUILT}
    assert built == set(MANIFEST.values())
    for template in FOLDER.rglob("*.html"):
        text = template.read_text()
        assert not [word for word in ("integrity=", "importmap", "modulepreload") if word in text]
