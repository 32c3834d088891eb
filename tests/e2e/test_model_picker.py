"""The model of a chat, chosen from two real endpoints: in the popover, and without a script."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Request, Route, expect

from deploy.local.postgres import Postgres
from services.ai.provider.settings import ConnectionSettings
from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.axe import STAND_STILL
from tests.support.browser import Pages, clean_pages
from tests.support.endpoints import running_demo
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, running_script
from tests.support.stack import Services, serving_all
from tests.support.waiting import until

MODELS = ("tiny", "large", *(f"org/model-{number}" for number in range(40)))
LISTED = {"object": "list", "data": [{"id": model, "object": "model"} for model in MODELS]}


@dataclass(frozen=True, slots=True)
class Picker:
    """The choice of a model on a chat's page."""

    page: Page

    @property
    def button(self) -> Locator:
        return self.page.locator(".picker__button")

    @property
    def popover(self) -> Locator:
        return self.page.locator("#picker")

    @property
    def query(self) -> Locator:
        return self.page.locator("#picker-query")

    @property
    def names(self) -> Locator:
        return self.popover.locator("turbo-frame .models__name")

    def group(self, label: str) -> Locator:
        heading = self.page.get_by_role("heading", name=label, exact=True)
        return self.popover.locator(".models__group").filter(has=heading)

    async def open(self) -> None:
        await self.button.click()
        await expect(self.query).to_be_focused()
        await expect(self.names.first).to_be_visible()

    async def choose(self, name: str) -> None:
        await self.open()
        await self.query.fill(name)
        await expect(self.names).to_have_text([name])
        await self.names.click()
        await expect(self.popover).to_be_hidden()


@dataclass(frozen=True, slots=True)
class Stack:
    """Natter with two connections: the demo, and a script with many models."""

    pages: Pages
    services: Services
    script: ScriptedEndpoint

    async def chat(self, *, viewport: tuple[int, int] = (1280, 800)) -> tuple[ChatPage, Picker]:
        chat = await open_chat(self.pages, await new_chat(self.services), viewport=viewport)
        return chat, Picker(chat.page)

    def asked(self) -> list[str]:
        """Name the models that the script was asked for, but for titles."""
        bodies = (request.body for request in self.script.asked)
        return [body["model"] for body in bodies if "reasoning_effort" not in body]


@pytest.fixture
async def stack(browser: Browser, tmp_path: Path, postgres: Postgres) -> AsyncIterator[Stack]:
    script = ScriptedEndpoint(
        Reply((chunk("From the script."), STOP, DONE)), pages={"/v1/models": LISTED}
    )
    async with (
        running_demo() as demo,
        running_script(script) as url,
        serving_all(
            tmp_path,
            postgres,
            demo.base_url,
            connections={"local": ConnectionSettings(base_url=url)},
        ) as services,
        clean_pages(browser, services.url) as pages,
    ):
        page = await pages.open("/models/")

        async def are_known() -> bool:
            await page.reload()
            return await page.locator(".models__name").count() > 0

        await until(are_known)
        yield Stack(pages, services, script)


async def test_a_model_is_searched_chosen_asked_and_remembered(stack: Stack) -> None:
    chat, picker = await stack.chat()
    await expect(picker.button).to_contain_text("natter-demo")
    await expect(picker.button.get_by_text("Demo", exact=True)).to_be_visible()
    await expect(chat.page.locator("#message-model")).to_be_hidden()
    await chat.box.fill("Which one are you?")
    await picker.choose("org/model-33")
    await expect(picker.button).to_be_focused()
    await expect(picker.button).to_contain_text("org/model-33")
    await expect(picker.button.get_by_text("Demo", exact=True)).to_be_hidden()
    # What was typed is still there, and the model is remembered before anything is sent.
    other = await open_chat(stack.pages, chat.chat_id)
    await expect(Picker(other.page).button).to_contain_text("org/model-33")
    await chat.box.press("Enter")
    await chat.answer_ends()
    await expect(chat.answer_texts).to_have_text(["From the script."])
    assert stack.asked() == ["org/model-33"]
    # Mid-chat, and back to the default.
    await picker.open()
    await expect(picker.group("Recent").locator(".models__name")).to_have_text(["org/model-33"])
    await picker.popover.get_by_role("button", name="Default").click()
    await chat.send("/echo By the demo.")
    await chat.answer_ends()
    await expect(chat.answer_texts.last).to_have_text("By the demo.")
    assert stack.asked() == ["org/model-33"]


async def test_the_keyboard_finds_a_model_and_escape_leaves_everything_as_it_was(
    stack: Stack,
) -> None:
    chat, picker = await stack.chat()
    await picker.button.focus()
    await chat.page.keyboard.press("Enter")
    await expect(picker.query).to_be_focused()
    await expect(picker.names.first).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(picker.popover).to_be_hidden()
    await expect(picker.button).to_be_focused()
    await expect(picker.button).to_contain_text("natter-demo")
    await picker.open()
    await chat.page.keyboard.type("model-2")
    # 2 and 20 to 29.
    await expect(picker.names).to_have_count(11)
    await chat.page.keyboard.press("ArrowDown")
    await chat.page.keyboard.press("ArrowDown")
    await chat.page.keyboard.press("ArrowDown")
    await expect(picker.names.nth(1).locator("xpath=..")).to_be_focused()
    await chat.page.keyboard.press("ArrowUp")
    await chat.page.keyboard.press("Enter")
    await expect(picker.button).to_contain_text("org/model-2")
    await expect(picker.button).to_be_focused()
    # Enter in the field takes the first that is found, however fast it comes.
    await picker.open()
    await chat.page.keyboard.type("large")
    await chat.page.keyboard.press("Enter")
    await expect(picker.button).to_contain_text("large")


async def test_enter_that_ends_a_word_of_an_input_method_takes_nothing(stack: Stack) -> None:
    _, picker = await stack.chat()
    await picker.open()
    enter = {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    assert await picker.query.evaluate(
        "(it, enter) => it.dispatchEvent(new KeyboardEvent('keydown', enter))", enter
    )


async def test_enter_takes_nothing_from_a_list_that_was_asked_for_earlier(stack: Stack) -> None:
    chat, picker = await stack.chat()
    await picker.open()
    await chat.page.keyboard.press("Escape")
    searched, earlier_is_over = asyncio.Event(), asyncio.Event()

    async def answer_the_earlier_first(route: Route) -> None:
        if "?q=" in route.request.url:
            searched.set()
            await earlier_is_over.wait()
        else:
            await searched.wait()
        await route.continue_()

    def end(request: Request) -> None:
        if request.url.endswith("/models/"):
            earlier_is_over.set()

    await chat.page.route("**/models/**", answer_the_earlier_first)
    chat.page.on("requestfinished", end)
    chat.page.on("requestfailed", end)
    await picker.open()
    await chat.page.keyboard.type("large")
    await chat.page.keyboard.press("Enter")
    await expect(picker.button).to_contain_text("large")
    await expect(picker.popover).to_be_hidden()


async def test_a_pinned_model_comes_first_here_and_in_other_chats(stack: Stack) -> None:
    chat, picker = await stack.chat()
    await picker.open()
    await picker.query.fill("tiny")
    await expect(picker.names).to_have_text(["tiny"])
    pin = picker.popover.get_by_role("button", name="Pin tiny")
    await pin.click()
    await expect(pin).to_have_attribute("aria-pressed", "true")
    await expect(pin).to_be_focused()
    await chat.page.keyboard.press("Escape")
    _, other = await stack.chat()
    await other.open()
    await expect(other.group("Pinned").locator(".models__name")).to_have_text(["tiny"])
    await expect(other.names.first).to_have_text("tiny")
    await other.names.first.click()
    await expect(other.button).to_contain_text("tiny")
    page = await stack.pages.open("/models/")
    await page.get_by_role("button", name="Pin tiny").first.click()
    await expect(page.get_by_role("heading", name="Pinned")).to_have_count(0)


async def test_a_narrow_page_has_room_for_the_list(stack: Stack) -> None:
    chat, picker = await stack.chat(viewport=(390, 844))
    await picker.open()
    await chat.page.evaluate(STAND_STILL)
    box = await picker.popover.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844
    await chat.page.keyboard.press("Escape")
    await picker.choose("large")
    await expect(picker.button).to_contain_text("large")


async def test_a_model_that_was_removed_is_told_and_another_can_be_chosen(stack: Stack) -> None:
    stack.pages.tolerate(r"status of 422")
    chat, picker = await stack.chat()
    add = """(list) => {
      const [, , first] = list.options
      Object.assign(first, { value: "gone/model", selected: true })
    }"""
    await chat.page.locator("#message-model").evaluate(add)
    await chat.send("A long thought.")
    await expect(chat.error).to_have_text(
        "There is no connection “gone” any more. Choose another model."
    )
    await expect(chat.box).to_have_value("A long thought.")
    await picker.choose("large")
    await chat.box.press("Enter")
    await chat.answer_ends()
    await expect(chat.error).to_be_hidden()
    assert stack.asked() == ["large"]


async def test_an_answer_gets_a_version_from_another_model_out_of_its_menu(stack: Stack) -> None:
    chat, picker = await stack.chat()
    await picker.choose("tiny")
    await picker.open()
    await picker.popover.get_by_role("button", name="Default").click()
    await chat.send("/echo By the demo.")
    await chat.answer_ends()
    await chat.answers.last.locator(".message__more").click()
    menu = chat.page.locator("#menu")
    await menu.get_by_label("Model", exact=True).select_option("local/tiny")
    await menu.get_by_role("button", name="Regenerate with this model").click()
    await expect(menu).to_be_hidden()
    await expect(chat.answer_texts).to_have_text(["From the script."])
    await chat.answer_ends()
    assert stack.asked() == ["tiny"]
    # The chat keeps its own model.
    await expect(picker.button).to_contain_text("natter-demo")


async def test_the_options_open_beside_the_box_and_say_what_is_wrong(stack: Stack) -> None:
    stack.pages.tolerate(r"status of 422")
    chat, picker = await stack.chat()
    await picker.choose("tiny")
    await chat.box.fill("Not yet sent.")
    menu = chat.page.locator("#menu")
    link = chat.page.get_by_role("link", name="Options of this chat")
    await link.click()
    await menu.get_by_label("Temperature").fill("hot")
    await menu.get_by_label("System prompt").fill("Be a pirate.")
    await menu.get_by_role("button", name="Save").click()
    await expect(menu.get_by_role("alert")).to_contain_text("Write a number from 0 to 2")
    await expect(menu.get_by_label("System prompt")).to_have_value("Be a pirate.")
    await menu.get_by_label("Temperature").fill("0,25")
    await menu.get_by_role("button", name="Save").click()
    await expect(menu).to_be_hidden()
    await expect(chat.box).to_have_value("Not yet sent.")
    await chat.box.press("Enter")
    await chat.answer_ends()
    body = stack.script.asked[0].body
    assert body["messages"][0] == {"role": "system", "content": "Be a pirate."}
    assert (body["model"], body["temperature"]) == ("tiny", 0.25)
    await link.click()
    await expect(menu.get_by_label("Temperature")).to_have_value("0.25")
    await menu.get_by_role("link", name="Cancel").click()
    await expect(menu).to_be_hidden()


async def test_the_options_begin_with_their_first_field(stack: Stack) -> None:
    chat, _ = await stack.chat()
    await chat.page.get_by_role("link", name="Options of this chat").click()
    await expect(chat.page.locator("#menu").get_by_label("System prompt")).to_be_focused()


async def test_without_a_script_the_models_are_a_list_in_the_form(stack: Stack) -> None:
    page = await _without_a_script(stack)
    await expect(page.locator(".picker__button")).to_be_hidden()
    await _ask(page, "local/tiny")
    await expect(page.get_by_label("Model", exact=True)).to_have_value("local/tiny")

    async def is_answered() -> bool:
        await page.reload()
        return await page.get_by_text("From the script.").count() > 0

    await until(is_answered)
    assert stack.asked() == ["tiny"]


async def test_without_a_script_the_options_are_a_page_that_keeps_what_was_typed(
    stack: Stack,
) -> None:
    stack.pages.tolerate(r"status of 422")
    page = await _without_a_script(stack)
    await page.get_by_role("link", name="Options of this chat").click()
    await page.get_by_label("Model", exact=True).select_option("local/large")
    await page.get_by_label("Temperature").fill("7")
    await page.get_by_label("System prompt").fill("Be a pirate.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text="from 0 to 2")).to_be_visible()
    await expect(page.get_by_label("System prompt")).to_have_value("Be a pirate.")
    await page.get_by_label("Temperature").fill("0.5")
    await page.get_by_role("button", name="Save").click()
    await _ask(page, "local/large")

    async def is_asked() -> bool:
        return stack.asked() == ["large"]

    await until(is_asked)
    body = stack.script.asked[0].body
    assert body["messages"][0] == {"role": "system", "content": "Be a pirate."}
    assert body["temperature"] == 0.5


async def _without_a_script(stack: Stack) -> Page:
    chat_id = await new_chat(stack.services)
    return await stack.pages.open(f"/chat/{chat_id}/message/list/", javascript=False)


async def _ask(page: Page, model: str) -> None:
    """Send a message to a model of the form's list."""
    await page.get_by_label("Model", exact=True).select_option(model)
    await page.locator("#message-content").fill("Hello?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message--user")).to_have_count(1)
