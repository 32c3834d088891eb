"""A headless Chromium for the measures."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Final

import httpx2
from playwright.async_api import Browser, Error

from services.shared.process.logging import configure_logging
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.support.browser import headless
from tests.support.chromium import MISSING, find_chromium

_LONGEST_SECONDS: Final = 300.0


def browse(measure: Coroutine[None, None, Findings]) -> Findings:
    """Run a measure and return its findings; raises CrowdError for whatever goes wrong."""
    configure_logging("warning", "console")
    try:
        return asyncio.run(asyncio.wait_for(measure, _LONGEST_SECONDS))
    except TimeoutError:
        raise CrowdError(f"it took longer than {_LONGEST_SECONDS:.0f} s") from None
    except (Error, httpx2.HTTPError, AssertionError) as error:
        raise CrowdError(str(error)) from error


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser until the body ends."""
    program = find_chromium()
    if program is None:
        raise CrowdError(MISSING)
    async with headless(program) as browser:
        yield browser
