"""The scenes by the names of their pictures, in the order of the design's list."""

from collections.abc import Mapping
from typing import Final

from tests.screenshots.looks import FURTHER_LOOKS, LOOKS, Look
from tests.screenshots.scenes import answering, choosing, reading
from tests.screenshots.stage import Scene

SCENES: Final[Mapping[str, Scene]] = {
    "01-empty": reading.empty,
    "02-long-answer": reading.long_answer,
    "03-streaming": answering.streaming,
    "04-states": answering.states,
    "05-menu-and-versions": answering.menu_and_versions,
    "06-search": choosing.search,
    "07-model-picker": choosing.model_picker,
    "08-delete-with-undo": choosing.delete_with_undo,
    "09-settings": choosing.settings,
    "10-error-page": reading.error_page,
    "10-offline": reading.offline,
    "11-right-to-left": reading.right_to_left,
    "12-print": reading.printed,
}
PRINTED: Final = frozenset({"12-print"})


# They show more than fits into a window.
_TALL: Final = {"02-long-answer": 1400, "04-states": 1200}


def looks_at(scene: str) -> tuple[Look, ...]:
    """Return the ways in which a scene is looked at."""
    looks = (*LOOKS, *FURTHER_LOOKS) if SCENES[scene] is reading.long_answer else LOOKS
    return tuple(each.with_height(_TALL.get(scene, each.window[1])) for each in looks)
