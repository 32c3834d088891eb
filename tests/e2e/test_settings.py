"""Settings are applied at once, kept, and work without JavaScript."""

import re

from playwright.async_api import expect

from tests.support.browser import Pages


async def test_a_setting_is_shown_at_once_and_kept(pages: Pages) -> None:
    page = await pages.open("/settings/")
    html = page.locator("html")
    try:
        await page.get_by_role("combobox", name="Theme").select_option("dark")
        await expect(html).to_have_attribute("data-theme", "dark")
        await expect(page.locator("#settings-status")).to_have_text("Saved.")
        await page.get_by_role("combobox", name="Size of text").select_option("125")
        await expect(html).to_have_attribute("data-text", "125")
        await page.reload()
        await expect(html).to_have_attribute("data-theme", "dark")
        await expect(html).to_have_attribute("data-text", "125")
        await expect(page.get_by_role("combobox", name="Theme")).to_have_value("dark")
    finally:
        await page.get_by_role("combobox", name="Theme").select_option("system")
        await expect(html).to_have_attribute("data-theme", "system")
        await page.get_by_role("combobox", name="Size of text").select_option("100")
        await expect(html).to_have_attribute("data-text", "100")


async def test_a_setting_that_cannot_be_stored_goes_back_and_says_so(pages: Pages) -> None:
    pages.tolerate(r"ERR_FAILED|Failed to fetch")
    page = await pages.open("/settings/")
    await page.route("**/settings/theme/", lambda route: route.abort())
    await page.get_by_role("combobox", name="Theme").select_option("dark")
    await expect(page.locator("#settings-status")).to_have_text(
        "That could not be saved. Please try again."
    )
    await expect(page.get_by_role("combobox", name="Theme")).to_have_value("system")
    await expect(page.locator("html")).to_have_attribute("data-theme", "system")


async def test_without_javascript_a_button_stores_a_setting(pages: Pages) -> None:
    page = await pages.open("/settings/", javascript=False)
    for value in ("wide", "normal"):
        await page.get_by_role("combobox", name="Width of text").select_option(value)
        await page.get_by_role("button", name="Save: Width of text").click()
        await expect(page).to_have_url(re.compile(r"/settings/\?saved=width#setting-width$"))
        await expect(page.locator("html")).to_have_attribute("data-width", value)
        await expect(page.locator("#settings-status")).to_have_text("Saved.")
