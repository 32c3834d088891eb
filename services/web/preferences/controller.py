"""`/settings/`: small forms that are stored one by one; `/shortcuts/`: the keys of the pages."""

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.pages.turbo import MEDIA_TYPE, update
from services.web.accounts.preferences import Preferences
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection
from services.web.errors import NotFoundError
from services.web.forms import read_fields
from services.web.preferences.model import SECTIONS, SETTINGS
from services.web.preferences.queries import set_preferences
from services.web.routing import is_turbo, see_other
from services.web.state import State

SAVED = Markup("Saved.")
REFUSED = Markup("That is none of the choices. Nothing has changed.")


async def show(request: Request[State]) -> Response:
    """Show every setting, and what has just been stored."""
    outcome = SAVED if request.query_params.get("saved") in SETTINGS else ""
    return await sidebar_page(request, "preferences/show.html", sections=SECTIONS, outcome=outcome)


async def save(request: Request[State]) -> Response:
    """Store one setting; a page with JavaScript has applied it by itself."""
    setting = SETTINGS.get(request.path_params["name"])
    if setting is None:
        raise NotFoundError
    value = (await read_fields(request)).get(setting.name, "")
    if value not in setting.choices:
        return await _refusal(request)
    chosen = Preferences.model_validate({setting.name: value}).model_dump_json(
        include={setting.name}
    )
    state = request.state
    async with connection(state["pool"]) as db:
        await set_preferences(db, account_id=state["account"].id, chosen=chosen)
    if is_turbo(request):
        return _streams(SAVED)
    return see_other(request, "/settings/?saved={}#setting-{}", setting.name, setting.name)


async def list_shortcuts(request: Request[State]) -> Response:
    """Show the keyboard shortcuts."""
    return await sidebar_page(request, "preferences/shortcuts.html")


async def _refusal(request: Request[State]) -> Response:
    if is_turbo(request):
        return _streams(REFUSED, 422)
    return await sidebar_page(
        request, "preferences/show.html", 422, sections=SECTIONS, outcome=REFUSED
    )


def _streams(outcome: Markup, status: int = 200) -> Response:
    streams = update("settings-status", outcome)
    return Response(streams, status, media_type=MEDIA_TYPE, headers={"vary": "accept"})


routes = [Route("/", show, methods=["GET"]), Route("/{name}/", save, methods=["POST"])]
routes_of_shortcuts = [Route("/", list_shortcuts, methods=["GET"])]
