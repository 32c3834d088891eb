"""`/settings/prompts/`: a person's prompts, the forms for them, and the menu of the message box."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.web.chats.sidebar import sidebar_page
from services.web.db.pool import connection
from services.web.prompts.forms import PromptView, read_prompt
from services.web.prompts.model import Prompt
from services.web.prompts.queries import (
    delete_prompt,
    insert_prompt,
    list_prompts,
    update_prompt,
)
from services.web.routing import asked_id, see_other
from services.web.state import State

MOST_PROMPTS: Final = 200
FULL: Final = f"There are {MOST_PROMPTS} prompts already. Delete one first."
LIST: Final = "/settings/prompts/"


async def list_page(request: Request[State]) -> Response:
    """List the prompts, below the form for another."""
    return await _list_page(request, PromptView())


async def create(request: Request[State]) -> Response:
    """Store a prompt, or show the form again with what is wrong."""
    form = await read_prompt(request)
    if isinstance(form, PromptView):
        return await _list_page(request, form, 422)
    state = request.state
    async with connection(state["pool"]) as db:
        is_stored = await insert_prompt(db, form, account_id=state["account"].id, most=MOST_PROMPTS)
    if not is_stored:
        return await _list_page(request, PromptView(form.name, form.content, {"name": FULL}), 409)
    return see_other(request, LIST)


async def edit_form(request: Request[State]) -> Response:
    """Show the form that changes the prompt."""
    prompt = request.state["prompt"]
    return await _edit_page(request, PromptView(prompt.name, prompt.content))


async def edit(request: Request[State]) -> Response:
    """Change the prompt, or show the form again with what is wrong."""
    form = await read_prompt(request)
    if isinstance(form, PromptView):
        return await _edit_page(request, form, 422)
    state = request.state
    async with connection(state["pool"]) as db:
        await update_prompt(db, state["prompt"].id, form, account_id=state["account"].id)
    return see_other(request, LIST)


async def delete(request: Request[State]) -> Response:
    """Delete the prompt."""
    state = request.state
    async with connection(state["pool"]) as db:
        await delete_prompt(db, state["prompt"].id, account_id=state["account"].id)
    return see_other(request, LIST)


async def menu(request: Request[State]) -> Response:
    """Show the prompts alone; each leads to the message box of chat `?chat=` with its text."""
    chat_id = asked_id(request, "chat")
    prompts = await _prompts(request)
    return await sidebar_page(request, "prompts/menu.html", prompts=prompts, chat_id=chat_id)


async def _list_page(request: Request[State], form: PromptView, status: int = 200) -> Response:
    prompts = await _prompts(request)
    return await sidebar_page(request, "prompts/list.html", status, prompts=prompts, form=form)


async def _prompts(request: Request[State]) -> list[Prompt]:
    state = request.state
    async with connection(state["pool"]) as db:
        return await list_prompts(db, account_id=state["account"].id)


async def _edit_page(request: Request[State], form: PromptView, status: int = 200) -> Response:
    prompt_id = request.state["prompt"].id
    return await sidebar_page(request, "prompts/edit.html", status, form=form, prompt_id=prompt_id)


routes = [
    Route("/", list_page, methods=["GET"]),
    Route("/", create, methods=["POST"]),
    Route("/menu/", menu, methods=["GET"]),
]
routes_of_prompt = [
    Route("/", edit_form, methods=["GET"]),
    Route("/", edit, methods=["POST"]),
    Route("/delete/", delete, methods=["POST"]),
]
