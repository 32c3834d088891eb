"""By keyboard alone: the order of the focus, where it is seen, and what it reaches."""

from playwright.async_api import Page, expect

from tests.e2e.accessibility.scenes import ARABIC, EVERYTHING, Stage, everything
from tests.e2e.chat_page import ChatPage
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

# The part of the page that has the focus.
PART = """
() => {
  const parts = { ".skip-link": "skip link", "#sidebar": "sidebar", ".header": "header",
    ".transcript": "transcript", "#composer": "composer" }
  const focused = document.activeElement
  return Object.entries(parts).find(([selector]) => focused.closest(selector))?.[1] ?? "elsewhere"
}
"""
# Whether a reader sees the focus: an outline, on the element or on what draws it for it.
IS_SEEN = """
() => {
  const drawn = (element) => {
    const style = getComputedStyle(element)
    const isPainted = style.outlineStyle !== "none" && style.outlineColor !== "rgba(0, 0, 0, 0)"
    return isPainted && parseFloat(style.outlineWidth) >= 1
  }
  const focused = document.activeElement
  const box = focused.getBoundingClientRect()
  const isOnScreen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
  return isOnScreen && (drawn(focused) || drawn(focused.closest(".composer__box") ?? focused))
}
"""
MOST_STOPS = 120


async def test_the_focus_goes_through_the_page_in_its_order_and_is_always_seen(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = (await Stage(pages, local_stack).asked("Count to 2")).page
    parts, unseen = await walk(page)
    assert parts == ["skip link", "sidebar", "header", "transcript", "composer"]
    assert unseen == []


async def test_the_way_to_the_newest_message_shows_that_it_has_the_focus(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await everything(Stage(pages, local_stack))
    await page.locator("#conversation").press("Home")
    await expect(page.locator("#jump")).to_be_visible()
    await page.locator("#jump").focus()
    assert await page.evaluate(IS_SEEN)


async def test_the_skip_links_lead_to_the_conversation_and_to_the_message_box(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await Stage(pages, local_stack).asked("Count to 2")
    await to_the_start(chat.page)
    await chat.page.keyboard.press("Tab")
    await expect(chat.page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.page.locator("#conversation")).to_be_focused()
    await to_the_start(chat.page)
    await chat.page.keyboard.press("Tab")
    await chat.page.keyboard.press("Tab")
    await chat.page.keyboard.press("Enter")
    await expect(chat.box).to_be_focused()


async def test_a_menu_is_opened_and_closed_and_a_chat_renamed_without_a_mouse(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = (await Stage(pages, local_stack).asked("Count to 2")).page
    await page.locator(".header__more").focus()
    await page.keyboard.press("Enter")
    items = page.locator("#menu .menu__item")
    await expect(items.first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(items.first).not_to_be_visible()
    await expect(page.locator(".header__more")).to_be_focused()
    await page.locator(".header__name").focus()
    await page.keyboard.press("Enter")
    box = page.locator(".header__rename input[name=title]")
    await expect(box).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("By keys alone")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("By keys alone")


async def test_every_control_of_a_chat_with_everything_has_24_pixels(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await everything(Stage(pages, local_stack))
    small = await page.evaluate(
        """
        () => [...document.querySelectorAll("summary, :is(button, select, input, textarea)")]
          .filter((element) => !element.disabled)
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .map((element) => [element, element.getBoundingClientRect()])
          .filter(([, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
          .map(([element, box]) => `${element.outerHTML.slice(0, 80)} ${box.width} ${box.height}`)
        """
    )
    assert small == []


async def test_nothing_scrolls_sideways_at_200_and_400_percent(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = (await Stage(pages, local_stack).asked(f"/echo {EVERYTHING}")).page
    # Zoom makes the viewport smaller: 1280 pixels at 200 % and at 400 %.
    for width in (640, 320):
        await page.set_viewport_size({"width": width, "height": 400})
        for place in ("document.documentElement", "document.querySelector('#conversation')"):
            assert await page.evaluate(f"{place}.scrollWidth <= {place}.clientWidth"), width


async def test_with_reduced_motion_nothing_moves(pages: Pages, local_stack: LocalStack) -> None:
    page = await Stage(pages, local_stack).pages.blank()
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(f"/chat/{await Stage(pages, local_stack).listed()}/message/list/")
    moving = await page.evaluate(
        """
        () => [...document.querySelectorAll("*")].filter((element) => {
          const { transitionProperty, transitionDuration } = getComputedStyle(element)
          const isLong = transitionDuration.split(",").some((time) => parseFloat(time) > 0.01)
          return isLong && /all|transform|translate|top|left|inset/.test(transitionProperty)
        }).map((element) => element.className)
        """
    )
    assert moving == []


async def test_a_page_from_right_to_left_is_mirrored(pages: Pages, local_stack: LocalStack) -> None:
    chat = await Stage(pages, local_stack).asked(f"/echo {ARABIC}")
    await expect(chat.answer_texts.first).to_be_visible()
    before = await places(chat)
    await chat.page.evaluate("document.documentElement.dir = 'rtl'")
    after = await places(chat)
    assert before["sidebar"] < before["list"] < before["send"]
    assert after["sidebar"] > after["list"] > after["send"]
    direction = "(element) => getComputedStyle(element).direction"
    paragraph = chat.answer_texts.locator("> p").first
    assert await paragraph.evaluate(direction) == "rtl"
    assert await paragraph.locator("code").evaluate(direction) == "ltr"


async def places(chat: ChatPage) -> dict[str, float]:
    """Return where the middles of the page's parts are, from the left."""
    found: dict[str, float] = await chat.page.evaluate(
        """
        () => Object.fromEntries(Object.entries({ sidebar: "#sidebar", list: ".message-list",
          send: ".composer__send:not(.composer__stop)" }).map(([name, selector]) => {
            const box = document.querySelector(selector).getBoundingClientRect()
            return [name, box.left + box.width / 2]
          }))
        """
    )
    return found


async def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab from the start to the end; return the parts, and where no focus is seen."""
    await to_the_start(page)
    parts: list[str] = []
    unseen: list[str] = []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement === document.body"):
            break
        part = await page.evaluate(PART)
        if parts[-1:] != [part]:
            parts.append(part)
        if not await page.evaluate(IS_SEEN):
            unseen.append(await page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))
    return parts, unseen


async def to_the_start(page: Page) -> None:
    """Take the focus from everything, so that Tab begins at the page's first stop."""
    await page.evaluate(
        """
        () => {
          document.activeElement.blur()
          getSelection().removeAllRanges()
          document.body.tabIndex = -1
          document.body.focus()
          document.body.removeAttribute("tabindex")
        }
        """
    )
