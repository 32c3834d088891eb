"""Whatever happens to a page's connection, the page shows everything that was published, once."""

import pytest
from playwright.async_api import CDPSession, Page

from tests.e2e.cable import AWAY, Cable, cable_to, load_by_cable, open_by_cable
from tests.e2e.chat_page import new_chat, open_chat
from tests.e2e.publishing import publisher
from tests.e2e.second_gateway import second_gateway
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.ports import free_port

LONG_AGO = 60_000


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_a_gateway_that_dies_and_comes_back_costs_nothing(
    pages: Pages, local_stack: LocalStack, how: str
) -> None:
    pages.tolerate(AWAY)
    chat_id, port = await new_chat(local_stack), free_port()
    async with (
        second_gateway(local_stack, port) as gateway,
        cable_to(local_stack, port) as cable,
        publisher(local_stack, chat_id) as outside,
    ):
        chat = await open_by_cable(pages, chat_id, cable)
        for _ in range(2):
            await outside.lines(10)
            await (gateway.kill() if how == "kill" else gateway.stop())
            await outside.lines(10)
            await chat.is_cut_off()
            await gateway.start()
            await outside.lines(10)
            await chat.is_connected()
        await chat.has_lines(60)


async def test_a_page_that_sleeps_through_the_loss_of_its_connection_has_everything_once_awake(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with (
        cable_to(local_stack) as cable,
        publisher(local_stack, chat_id) as outside,
    ):
        chat = await open_by_cable(pages, chat_id, cable)
        session = await _session(chat.page)
        await outside.lines(10)
        await _sleep(session)
        await outside.lines(10)
        cable.pull_out()
        await outside.lines(10)
        cable.put_back()
        await _wake(session)
        await outside.lines(10)
        await chat.has_lines(40)


async def test_a_page_that_sleeps_and_keeps_its_connection_has_everything_once_awake(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    async with publisher(local_stack, chat_id) as outside:
        chat = await open_chat(pages, chat_id)
        session = await _session(chat.page)
        await outside.lines(10)
        await _sleep(session)
        await outside.lines(30)
        await _wake(session)
        await chat.has_lines(40)


@pytest.mark.parametrize("notice", ["time", "seen"])
async def test_a_link_that_is_dead_without_a_word_is_given_up(
    pages: Pages, local_stack: LocalStack, notice: str
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with (
        cable_to(local_stack) as cable,
        publisher(local_stack, chat_id) as outside,
    ):
        chat = await load_by_cable(pages, chat_id, cable, clock=True)
        await chat.is_connected()
        await outside.lines(10)
        await chat.has_lines(10)
        cable.clog()
        await outside.lines(10)
        await _let_time_pass(chat.page, notice)
        await chat.is_cut_off()
        _replace(cable)
        await chat.is_connected()
        await outside.lines(10)
        await chat.has_lines(30)


async def test_going_offline_and_online_costs_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with (
        cable_to(local_stack) as cable,
        publisher(local_stack, chat_id) as outside,
    ):
        chat = await open_by_cable(pages, chat_id, cable)
        for _ in range(2):
            await chat.page.context.set_offline(offline=True)
            cable.pull_out()
            await outside.lines(10)
            await chat.is_cut_off()
            cable.put_back()
            await chat.page.context.set_offline(offline=False)
            await chat.is_connected()
        await chat.has_lines(20)


async def _session(page: Page) -> CDPSession:
    return await page.context.new_cdp_session(page)


async def _sleep(session: CDPSession) -> None:
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})


async def _wake(session: CDPSession) -> None:
    await session.send("Page.setWebLifecycleState", {"state": "active"})


async def _let_time_pass(page: Page, notice: str) -> None:
    if notice == "time":
        await page.clock.fast_forward(LONG_AGO)
    else:
        # Timers sleep with the machine: only the clock has gone on.
        await page.clock.set_system_time(await page.evaluate("Date.now()") + LONG_AGO / 2)
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def _replace(cable: Cable) -> None:
    cable.pull_out()
    cable.unclog()
    cable.put_back()
