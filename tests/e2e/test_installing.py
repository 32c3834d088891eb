"""A browser can install the pages like an application."""

from tests.e2e.chat_page import new_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack


async def test_a_browser_finds_nothing_amiss(pages: Pages, local_stack: LocalStack) -> None:
    page = await pages.open(f"/chat/{await new_chat(local_stack)}/message/list/")
    developer = await page.context.new_cdp_session(page)
    found = await developer.send("Page.getAppManifest")
    assert found["url"] == f"{local_stack.url}/static/manifest.webmanifest"
    assert not found["errors"]
    # A window without memory of its own, as every test's is, installs nothing; that alone is wrong.
    amiss = await developer.send("Page.getInstallabilityErrors")
    assert {error["errorId"] for error in amiss["installabilityErrors"]} <= {"in-incognito"}
