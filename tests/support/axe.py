"""axe-core, which looks for what a page lacks for people who cannot see, hear or point."""

from typing import Any, Final

from playwright.async_api import Page

from deploy.local.services import ROOT

SCRIPT: Final = ROOT / "services/web/frontend/node_modules/axe-core/axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OPTIONS: Final = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
    # It would fetch the style sheets again.
    "preload": False,
}
# What moves has half its colours.
STAND_STILL: Final = "document.getAnimations().forEach((animation) => animation.finish())"


async def violations(page: Page) -> list[str]:
    """Return what axe finds wrong: one line for each element and rule."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SCRIPT.read_text())
    await page.evaluate(f"try {{ {STAND_STILL} }} catch {{}}")
    found = await page.evaluate("(options) => axe.run(document, options)", OPTIONS)
    return [line for rule in found["violations"] for line in _lines(rule)]


def _lines(rule: dict[str, Any]) -> list[str]:
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for node in rule["nodes"]
    ]
