"""Every colour is seen on every ground: light, dark, and in high contrast, as a browser paints."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, Literal, get_args

import pytest
from playwright.async_api import Page

from tests.e2e.chat_page import new_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

type Colour = tuple[float, float, float]
type Scheme = Literal["light", "dark"]
type Contrast = Literal["no-preference", "more"]

SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme.__value__)
CONTRASTS: Final[tuple[Contrast, ...]] = get_args(Contrast.__value__)
# What text needs, and where a person has asked for more (WCAG 2.2, 1.4.3 and 1.4.6).
READABLE: Final[Mapping[Contrast, float]] = {"no-preference": 4.5, "more": 7}
# Borders of controls, and the focus (1.4.11).
VISIBLE: Final = 3
FLAT: Final = ("page", "surface", "raised", "bubble", "code", "danger-wash", "warn-wash")
GROUNDS: Final = (*FLAT, "hover", "selected")
WORDS: Final = ("text", "muted", "accent", "good", "danger", "warn", "note")
CODE: Final = tuple(
    f"code-{name}" for name in ("comment", "keyword", "string", "number", "name", "built-in")
)
OTHERS: Final = (("text", "mark"), ("on-accent", "accent"), ("on-accent", "accent-hover"))
ROLES: Final = (
    *GROUNDS,
    *WORDS,
    *CODE,
    "line",
    "edge",
    "faint",
    "on-accent",
    "accent-hover",
    "mark",
)
# As bytes, which is what a screen gets: a colour beyond its range is not seen as it is written.
PAINTED = """(roles) => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })
  const probe = document.body.appendChild(document.createElement("i"))
  const painted = {}
  for (const role of roles) {
    probe.style.color = `var(--${role})`
    brush.fillStyle = getComputedStyle(probe).color
    brush.fillRect(0, 0, 1, 1)
    painted[role] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  probe.remove()
  return painted
}"""
BAR = """() => {
  const shown = [...document.querySelectorAll("meta[name=theme-color]")]
  return shown.find((meta) => !meta.media || matchMedia(meta.media).matches).content
}"""


def _luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: Colour, other: Colour) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _pairs(contrast: Contrast) -> Iterator[tuple[str, str, float]]:
    """What stands on what, and the ratio that it needs."""
    readable = READABLE[contrast]
    yield from ((word, ground, readable) for word, ground in product(WORDS, GROUNDS))
    yield from ((word, "code", readable) for word in CODE)
    yield from ((word, ground, readable) for word, ground in OTHERS)
    yield from (("edge", ground, VISIBLE) for ground in FLAT)
    yield "faint", "page", readable


async def _painted(page: Page) -> dict[str, Colour]:
    painted: dict[str, Colour] = await page.evaluate(PAINTED, ROLES)
    return painted


async def _opened(pages: Pages, stack: LocalStack) -> Page:
    return await pages.open(f"/chat/{await new_chat(stack)}/message/list/")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("contrast", CONTRASTS)
async def test_each_colour_is_seen_on_each_ground(
    pages: Pages, local_stack: LocalStack, scheme: Scheme, contrast: Contrast
) -> None:
    page = await _opened(pages, local_stack)
    await page.emulate_media(color_scheme=scheme, contrast=contrast)
    colours = await _painted(page)
    ratios = {
        f"{word} on {ground}": (_ratio(colours[word], colours[ground]), needed)
        for word, ground, needed in _pairs(contrast)
    }
    assert not {pair: ratio for pair, ratio in ratios.items() if ratio[0] < ratio[1]}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_choice_is_painted_as_the_system_would_have_it(
    pages: Pages, local_stack: LocalStack, scheme: Scheme
) -> None:
    page = await _opened(pages, local_stack)
    await page.emulate_media(color_scheme=scheme, contrast="more")
    asked_by_system = await _painted(page)
    other: Scheme = "dark" if scheme == "light" else "light"
    await page.emulate_media(color_scheme=other, contrast="no-preference")
    assert await _painted(page) != asked_by_system
    await page.evaluate(
        "(theme) => Object.assign(document.documentElement.dataset, { theme, contrast: 'more' })",
        scheme,
    )
    assert await _painted(page) == asked_by_system


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_browsers_bar_has_the_pages_colour(
    pages: Pages, local_stack: LocalStack, scheme: Scheme
) -> None:
    page = await _opened(pages, local_stack)
    await page.emulate_media(color_scheme=scheme)
    red, green, blue = (await _painted(page))["page"]
    assert await page.evaluate(BAR) == f"#{red:02x}{green:02x}{blue:02x}"
