"""Each service is upgraded to images of another revision, and nothing of the answers is lost."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.compose.engine import run
from tests.compose.journey import staying
from tests.compose.load import Busy
from tests.compose.project import BUILT, Project, inspected
from tests.compose.replicas import replace_one_by_one
from tests.support.browser import Pages

ROLLING = ("web", "realtime", "ai")
REVISION = '{{index .Config.Labels "org.opencontainers.image.revision"}}'


@pytest.fixture(scope="module")
def next_tag(stack: Project) -> Iterator[str]:
    """Images of a second revision; the stack is back at the first one afterwards."""
    first = stack.tag
    newer = replace(stack, tag=f"{first}-next")
    newer.build()
    yield newer.tag
    stack.tag = first
    stack.up()
    newer.remove_images()


async def test_one_service_after_the_other(
    stack: Project, busy: Busy, pages: Pages, next_tag: str
) -> None:
    async with staying(pages, stack), busy("upgraded one after the other, no gap") as load:
        for service in ROLLING:
            await load.until_writing(2)
            await replace_one_by_one(stack, service, next_tag)
            await load.more(4)
    assert _revisions(stack, ROLLING) == {next_tag}


async def test_all_at_once(stack: Project, busy: Busy, pages: Pages, next_tag: str) -> None:
    """As `docker compose up` does it; it is told of images that the stack does not run yet."""
    stack.tag = next_tag if _revisions(stack, ("ai",)) != {next_tag} else _first(stack)
    async with staying(pages, stack), busy("upgraded by `docker compose up`") as load:
        await load.until_writing(4)
        await asyncio.to_thread(stack.up)
        await load.more(6)
    assert _revisions(stack, BUILT) == {stack.tag}


def _first(stack: Project) -> str:
    return stack.name


def _revisions(stack: Project, services: tuple[str, ...]) -> set[str]:
    """Return the revisions of the images that these services run."""
    images = {
        str(inspected(container)["Image"])
        for service in services
        for container in stack.containers(service)
    }
    return {run("docker", "inspect", "--format", REVISION, image).strip() for image in images}
