"""`/models/`: the models that there are, and pins; `/chat/<id>/model/`: what answers a chat."""

from typing import Final
from urllib.parse import quote_plus

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.pages.turbo import update
from services.web.chats.queries import lock_chat
from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import transaction
from services.web.errors import NotFoundError
from services.web.forms import Invalid, read_fields, validate
from services.web.models.forms import ModelForm, OptionsForm, written
from services.web.models.model import MODEL_CHARS, Options
from services.web.models.picker import read_picker, search_models
from services.web.models.queries import MOST_PINNED, choose, find_options, pin, set_options, unpin
from services.web.routing import see_other, streams_or_chat
from services.web.state import State

OPTIONS: Final = "models/options.html"
LIST: Final = "models/list.html"
FRAME: Final = "turbo-frame"
PICKER_FRAME: Final = "picker-frame"
QUERY_CHARS: Final = 200
TOO_MANY_PINS: Final = f"You can pin {MOST_PINNED} models. Unpin another one first."


async def list_models(request: Request[State]) -> Response:
    """List the models that the query finds."""
    # Ai asks for JSON where Natter's own address was set as an endpoint's: a refusal tells it so.
    if request.headers.get("accept", "").startswith("application/json"):
        raise NotFoundError
    return await _list_page(request, request.query_params.get("q", ""))


async def change_pin(request: Request[State]) -> Response:
    """Pin a model, or unpin it with an empty field `pinned`; 422 with what is wrong."""
    state = request.state
    fields = await read_fields(request)
    query, value = fields.get("q", ""), fields.get("model", "")[: MODEL_CHARS + 1]
    wants = bool(fields.get("pinned"))
    choice = state["catalogue"].read_choice(value)
    # A model whose connection is gone can still be unpinned.
    form = validate(ModelForm, {"model": value}, {"catalogue": state["catalogue"]})
    is_refused = wants and (isinstance(form, Invalid) or not choice.connection)
    if is_refused or not value.isprintable():
        return await _list_page(request, query, "There is no such model.")
    async with transaction(state["pool"]) as db:
        account_id = state["account"].id
        is_full = wants and not await pin(db, choice, account_id=account_id)
        if not wants:
            await unpin(db, choice, account_id=account_id)
    if is_full:
        return await _list_page(request, query, TOO_MANY_PINS)
    return see_other(request, "/models/?q={}", quote_plus(query[:QUERY_CHARS]))


async def _list_page(request: Request[State], query: str, error: str = "") -> Response:
    query = query[:QUERY_CHARS]
    is_picker = request.headers.get(FRAME) == PICKER_FRAME
    return await sidebar_page(
        request,
        LIST,
        422 if error else 200,
        groups=await search_models(request, query),
        query=query,
        error=error,
        is_known=request.state["catalogue"].known is not None,
        frame=PICKER_FRAME if is_picker else "models-frame",
        is_picker=is_picker,
    )


async def show_options(request: Request[State]) -> Response:
    """Show the model and the options of a chat, as a form."""
    return await _options_page(request, {}, {})


async def change_options(request: Request[State]) -> Response:
    """Change the model, or options, of a chat; 422 with what is wrong, and what was typed.

    Fields that are not sent stay as they are, so that the picker sends the model alone.
    """
    state = request.state
    chat = state["chat"]
    fields = await read_fields(request)
    form = validate(OptionsForm, fields, {"catalogue": state["catalogue"]})
    if isinstance(form, Invalid):
        return await _options_page(request, fields, form.errors, 422)
    async with transaction(state["pool"]) as db:
        await lock_chat(db, chat.key)
        if form.model is not None:
            await choose(db, chat.key, form.model)
        await set_options(db, chat.key, form.changed(await find_options(db, chat.key)))
    return streams_or_chat(request, update("menu-frame", Markup()))


async def _options_page(
    request: Request[State], fields: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    chat = request.state["chat"]
    options = Options(chat.system_prompt, chat.temperature, chat.top_p, chat.max_tokens)
    return await sidebar_page(
        request,
        OPTIONS,
        status,
        fields={**written(options), **fields},
        errors=errors,
        picker=await read_picker(request, fields.get("model"), is_short=False),
        # The composer is beside the menu, and has the model.
        is_menu=request.headers.get(FRAME) == "menu-frame",
    )


routes = [
    Route("/", list_models, methods=["GET"]),
    Route("/pin/", change_pin, methods=["POST"]),
]
routes_of_chat = [
    Route("/", show_options, methods=["GET"]),
    Route("/", change_options, methods=["POST"]),
]
