"""A chat's menu: opened and left by keyboard, mouse and touch; what it does shows on every page."""

from playwright.async_api import expect

from tests.e2e.chat_page import chat_number, open_chat, told_chat
from tests.e2e.sidebar import Sidebar
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

TOAST_MS = 20_000


async def test_the_menu_takes_the_focus_in_and_back(pages: Pages, local_stack: LocalStack) -> None:
    chat_id = await told_chat(local_stack, "Count to 2")
    chat = await open_chat(pages, chat_id)
    sidebar = Sidebar(chat.page)
    items = sidebar.menu.locator(".menu__item")
    await sidebar.open_menu(chat_id)
    await chat.page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await chat.page.keyboard.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(sidebar.menu).not_to_be_visible()
    await expect(sidebar.more(chat_id)).to_be_focused()
    await chat.page.locator(".header__more").click()
    await expect(items.first).to_be_focused()
    await chat.page.locator(".header__more").click()
    await expect(sidebar.menu).not_to_be_visible()
    await chat.page.locator(".header__more").click()
    await expect(items.first).to_be_focused()
    await chat.page.locator(".transcript__scroller").click(position={"x": 5, "y": 200})
    await expect(sidebar.menu).not_to_be_visible()


async def test_without_an_answer_the_menu_says_so_and_opens_later(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(r"Failed to (fetch|load resource)|ERR_FAILED")
    chat_id = await told_chat(local_stack, "Count to 2")
    chat = await open_chat(pages, chat_id)
    sidebar = Sidebar(chat.page)
    for path, opener in (("menu", ".header__more"), ("rename", ".header__name")):
        await chat.page.route(f"**/{path}/", lambda route: route.abort())
        await chat.page.locator(opener).click()
        await expect(sidebar.toasts.last).to_have_text("That could not be done. Please try again.")
        await chat.page.unroute(f"**/{path}/")
    await chat.page.locator(".header__name").click()
    await expect(chat.page.locator(".header__rename").get_by_label("Title")).to_be_focused()
    await chat.page.route("**/archive/", lambda route: route.abort())
    await sidebar.act(chat_id, "Archive")
    await expect(sidebar.toasts).to_have_count(3)
    await expect(sidebar.row(chat_id)).to_be_visible()


async def test_a_chat_is_renamed_in_its_menu(pages: Pages, local_stack: LocalStack) -> None:
    pages.tolerate(r"status of 422")
    shown, chat_id = [await told_chat(local_stack, "Count to 2") for _ in range(2)]
    sidebar = Sidebar((await open_chat(pages, shown)).page)
    await sidebar.act(chat_id, "Rename")
    field = sidebar.menu.get_by_label("Title")
    await expect(field).to_be_focused()
    # A title as long as most is seen in full.
    box = await field.bounding_box()
    assert box
    assert box["width"] > 250
    await field.fill("x" * 121)
    await field.press("Enter")
    await expect(sidebar.menu.get_by_role("alert")).to_contain_text("may have 120 characters")
    await expect(field).to_have_value("x" * 121)
    await field.fill("The other")
    await field.press("Enter")
    await expect(sidebar.title(chat_id)).to_have_text("The other")
    await expect(sidebar.menu).not_to_be_visible()
    await expect(sidebar.more(chat_id)).to_be_focused()


async def test_a_chat_is_renamed_beside_its_title(pages: Pages, local_stack: LocalStack) -> None:
    chat_id = await told_chat(local_stack, "Count to 2")
    chat = await open_chat(pages, chat_id)
    heading = chat.page.locator(f"#chat-{chat_id}-heading")
    field = chat.page.locator(".header").get_by_label("Title")
    await heading.click()
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(field).to_have_count(0)
    await expect(heading).to_be_focused()
    await heading.click()
    await field.fill("This one")
    await field.press("Enter")
    await expect(heading).to_have_text("This one")
    await expect(Sidebar(chat.page).title(chat_id)).to_have_text("This one")
    await expect(field).to_have_count(0)
    await expect(heading).to_be_focused()


async def test_a_deleted_chat_comes_back_with_undo_and_the_focus_follows(
    pages: Pages, local_stack: LocalStack
) -> None:
    third, second, first = [await told_chat(local_stack, f"Count to {n}") for n in (2, 3, 4)]
    chat, other = await open_chat(pages, third), await open_chat(pages, third)
    sidebar, elsewhere = Sidebar(chat.page), Sidebar(other.page)
    for each in (sidebar, elsewhere):
        await each.is_live()
    await sidebar.act(first, "Delete")
    await expect(sidebar.link(second)).to_be_focused()
    await expect(sidebar.toasts).to_contain_text("Chat deleted.")
    for each in (sidebar, elsewhere):
        await expect(each.row(first)).to_have_count(0)
    await sidebar.act(second, "Delete")
    await expect(sidebar.toasts).to_have_count(1)
    await expect(sidebar.toasts).to_contain_text("2 chats deleted.")
    await sidebar.toasts.get_by_role("button", name="Undo").click()
    await expect(sidebar.link(second)).to_be_focused()
    await expect(sidebar.toasts).to_have_count(0)
    for each in (sidebar, elsewhere):
        await expect(each.row(first)).to_have_count(1)
        await expect(each.row(second)).to_have_count(1)


async def test_the_page_of_a_deleted_chat_is_left_for_one_that_offers_it_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    other, chat_id = [await told_chat(local_stack, "Count to 2") for _ in range(2)]
    chat, watching = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    await chat.page.locator(".header__more").click()
    await chat.page.locator("#menu").get_by_text("Delete", exact=True).click()
    await chat.page.wait_for_url(f"**/chat/{other}/message/list/**")
    await expect(Sidebar(watching.page).toasts).to_contain_text("Chat deleted.")
    await Sidebar(chat.page).toasts.get_by_role("button", name="Undo").click()
    await expect(Sidebar(chat.page).link(chat_id)).to_be_focused()


async def test_a_chat_is_pinned_archived_and_brought_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    shown, chat_id = [await told_chat(local_stack, "Count to 2") for _ in range(2)]
    chat, other = await open_chat(pages, shown), await open_chat(pages, shown)
    sidebar, elsewhere = Sidebar(chat.page), Sidebar(other.page)
    for each in (sidebar, elsewhere):
        await each.is_live()
    await sidebar.act(chat_id, "Pin")
    for each in (sidebar, elsewhere):
        pinned = each.page.locator("#chats-pinned-list > li")
        await expect(pinned.first).to_have_id(f"chat_{chat_id}_row")
    await expect(sidebar.more(chat_id)).to_be_focused()
    await sidebar.act(chat_id, "Unpin")
    for each in (sidebar, elsewhere):
        today = each.page.locator(f"#chats-today-list > #chat_{chat_id}_row")
        await expect(today).to_have_count(1)
    await sidebar.act(chat_id, "Archive")
    for each in (sidebar, elsewhere):
        await expect(each.row(chat_id)).to_have_count(0)
    await chat.page.goto("/chat/archived/")
    row = chat.page.locator(".page__row").filter(
        has=chat.page.locator(f'a[href="/chat/{chat_id}/message/list/"]')
    )
    await row.get_by_role("button", name="Unarchive").click()
    assert chat_number(chat.page.url) == chat_id
    await expect(elsewhere.row(chat_id)).to_have_count(1)


async def test_the_menu_works_by_touch_on_a_narrow_page(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await told_chat(local_stack, "Count to 2")
    chat = await open_chat(pages, chat_id, viewport=(390, 844))
    sidebar = Sidebar(chat.page)
    await chat.page.locator(".header__menu").click()
    await expect(sidebar.link(chat_id)).to_be_in_viewport()
    await sidebar.more(chat_id).click()
    await expect(sidebar.menu.locator(".menu__item").first).to_be_focused()
    await sidebar.menu.get_by_text("Rename", exact=True).click()
    await expect(sidebar.menu.get_by_label("Title")).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(sidebar.menu).not_to_be_visible()


async def test_without_javascript_everything_is_done_on_pages(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await told_chat(local_stack, "Count to 2")
    page = await pages.open(f"/chat/{chat_id}/message/list/", javascript=False)
    sidebar = Sidebar(page)
    await sidebar.more(chat_id).click()
    await page.get_by_role("button", name="Pin", exact=True).click()
    await expect(page.locator(f"#chats-pinned-list > #chat_{chat_id}_row")).to_have_count(1)
    await page.locator(f"#chat-{chat_id}-heading").click()
    await page.get_by_label("Title").fill("Mine")
    await page.get_by_role("button", name="Save").click()
    await expect(sidebar.title(chat_id)).to_have_text("Mine")
    await sidebar.more(chat_id).click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(sidebar.row(chat_id)).to_have_count(0)
    await sidebar.toasts.get_by_role("button", name="Undo").click()
    assert chat_number(page.url) == chat_id
    await expect(sidebar.title(chat_id)).to_have_text("Mine")


async def test_a_toast_stays_as_long_as_the_pointer_is_on_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    sidebar = await sidebar_with_toast(pages, local_stack)
    page = sidebar.page
    await expect(sidebar.toasts).to_have_count(1)
    await page.clock.run_for(TOAST_MS - 1_000)
    await sidebar.toasts.hover()
    await page.clock.run_for(2 * TOAST_MS)
    await expect(sidebar.toasts).to_have_count(1)
    await page.locator(".header__title").hover()
    await page.clock.run_for(TOAST_MS - 1_000)
    await expect(sidebar.toasts).to_have_count(1)
    await page.clock.run_for(1_000)
    await expect(sidebar.toasts).to_have_count(0)


async def test_a_toast_stays_as_long_as_the_focus_is_in_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    sidebar = await sidebar_with_toast(pages, local_stack)
    page = sidebar.page
    undo = sidebar.toasts.get_by_role("button", name="Undo")
    await undo.focus()
    await sidebar.toasts.hover()
    await page.locator(".header__title").hover()
    await page.clock.run_for(2 * TOAST_MS)
    await expect(undo).to_be_focused()
    await page.locator(".header__name").focus()
    await page.clock.run_for(TOAST_MS)
    await expect(sidebar.toasts).to_have_count(0)


async def sidebar_with_toast(pages: Pages, stack: LocalStack) -> Sidebar:
    """Delete a chat beside the one that is shown, on a page whose clock the test runs."""
    shown, deleted = [await told_chat(stack, "Count to 2") for _ in range(2)]
    page = await pages.blank()
    await page.clock.install()
    await page.goto(f"/chat/{shown}/message/list/")
    sidebar = Sidebar(page)
    await sidebar.act(deleted, "Delete")
    return sidebar
