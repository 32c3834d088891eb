"""Tells web of models, as ai does, and reads which ones its pages offer."""

import re
from html import unescape

from services.shared.bus.messages import Catalogue, ListedConnection
from services.shared.bus.subjects import CATALOGUE_SUBJECT
from tests.integration.web.natter import Natter
from tests.support.waiting import until

DEMO = ListedConnection(
    name="default", models=("natter-demo",), default="natter-demo", is_demo=True
)
LOCAL = ListedConnection(name="local", models=("qwen3:8b", "org/large"), default="qwen3:8b")
TWO = Catalogue(default="default", connections=(DEMO, LOCAL))
MANY = Catalogue(
    default="many",
    connections=(
        ListedConnection(
            name="many",
            models=tuple(f"model-{number}" for number in range(5000)),
            default="model-0",
            left_out=7,
        ),
        LOCAL,
    ),
)


async def tell(natter: Natter, catalogue: Catalogue = TWO) -> None:
    """Publish a catalogue, and wait until web knows it."""
    await natter.ai.publish(CATALOGUE_SUBJECT, catalogue.model_dump_json().encode(), "told")

    async def is_known() -> bool:
        page = await natter.web.client.get("/models/")
        return "is not known yet" not in page.text

    await until(is_known)


def options_in(html: str) -> dict[str, str]:
    """Return the options of a page's list of models: value and words, in order."""
    found = re.search(r'<select [^>]*name="model".*?</select>', html, re.DOTALL)
    assert found
    pairs = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', found[0])
    assert len({value for value, _ in pairs}) == len(pairs)
    return {unescape(value): unescape(words) for value, words in pairs}


def chosen_in(html: str) -> str:
    """Return the value that a page's list of models has."""
    (value,) = re.findall(r'<option value="([^"]*)"[^>]* selected>', html)
    return unescape(str(value))
