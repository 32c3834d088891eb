"""How a page is looked at: the window, the colours that the reader prefers, and scripts."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

WIDE: Final = (1280, 900)
NARROW: Final = (390, 844)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One way to look at a page; `zoom` makes everything larger, as Ctrl++ does."""

    name: str
    window: tuple[int, int]
    scheme: Literal["light", "dark"] = "light"
    contrast: Literal["more", "no-preference"] = "no-preference"
    forced_colours: Literal["active", "none"] = "none"
    zoom: int = 1
    javascript: bool = True

    def with_height(self, pixels: int) -> Self:
        """Return the same look in a window of this height."""
        return replace(self, window=(self.window[0], pixels))


WIDE_LIGHT: Final = Look(name="wide-light", window=WIDE)
WIDE_DARK: Final = Look(name="wide-dark", window=WIDE, scheme="dark")
NARROW_LIGHT: Final = Look(name="narrow-light", window=NARROW)
NARROW_DARK: Final = Look(name="narrow-dark", window=NARROW, scheme="dark")

LOOKS: Final = (WIDE_LIGHT, WIDE_DARK, NARROW_LIGHT, NARROW_DARK)
# The long answer is looked at in these ways, too.
FURTHER_LOOKS: Final = (
    Look(name="high-contrast-light", window=WIDE, contrast="more"),
    Look(name="high-contrast-dark", window=WIDE, contrast="more", scheme="dark"),
    Look(name="forced-colours", window=WIDE, forced_colours="active"),
    Look(name="320-pixels", window=(320, 640)),
    Look(name="zoom-200", window=WIDE, zoom=2),
    Look(name="without-javascript", window=WIDE, javascript=False),
)
