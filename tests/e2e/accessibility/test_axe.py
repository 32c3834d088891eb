"""axe-core finds nothing on any page, in any look."""

from dataclasses import dataclass
from typing import Literal

import pytest

from tests.e2e.accessibility.scenes import SCENES, Stage
from tests.support.axe import violations
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack


@dataclass(frozen=True, slots=True)
class Look:
    """How a reader's device shows pages."""

    scheme: Literal["light", "dark"] = "light"
    contrast: Literal["more", "no-preference"] = "no-preference"
    width: int = 1280


LOOKS = {
    "light": Look(),
    "dark": Look("dark"),
    "light, high contrast": Look(contrast="more"),
    "dark, high contrast": Look("dark", "more"),
    "narrow": Look(width=320),
}


@pytest.mark.parametrize("scene", SCENES)
async def test_axe_finds_nothing(pages: Pages, local_stack: LocalStack, scene: str) -> None:
    page = await SCENES[scene](Stage(pages, local_stack))
    found: dict[str, list[str]] = {}
    for name, look in LOOKS.items():
        await page.emulate_media(color_scheme=look.scheme, contrast=look.contrast)
        await page.set_viewport_size({"width": look.width, "height": 800})
        found[name] = await violations(page)
    assert found == {name: [] for name in LOOKS}
