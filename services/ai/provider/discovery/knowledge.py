"""What is known of an endpoint: from the settings, from its list, learned from a refusal."""

import asyncio
from contextlib import suppress
from typing import Final

import httpx2
import openai

from services.ai.provider.discovery.listing import (
    SERVING_PATHS,
    Listing,
    Vendor,
    read_listing,
    read_loaded,
)
from services.ai.provider.discovery.listing_cache import ListingCache
from services.ai.provider.errors import EndpointError
from services.ai.provider.refusals.faults import read_fault
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.refusals.refusal_parser import unexpected_body
from services.ai.provider.request.dialect import CONTINUES, LEFT_OUT, WITH_THOUGHTS, Dialect, Way
from services.ai.provider.settings import ConnectionSettings
from services.shared.process.logging import get_logger

LIST_SECONDS: Final = 10.0

_CONTINUING: Final[dict[Vendor, tuple[Way, ...]]] = {
    "vllm": (WITH_THOUGHTS, CONTINUES),
    "sglang": (WITH_THOUGHTS, CONTINUES),
    "llama.cpp": (WITH_THOUGHTS, CONTINUES, LEFT_OUT),
    "ollama": (LEFT_OUT,),
    "lmstudio": (LEFT_OUT,),
    "natter-demo": (LEFT_OUT,),
}
"""Servers that continue a last message of the assistant, and how each wants to be asked."""
_UNKNOWN: Final[tuple[Way, ...]] = (CONTINUES, LEFT_OUT)
_MOST_MODELS: Final = 1000
"""Models of which something is remembered; their names come from the chats."""
NAMING_HELPS: Final = frozenset({"auth", "bad_response", "model_missing", "not_found", "refused"})
"""Why there is no list of models from an endpoint that may answer nevertheless."""
REMEDY: Final = "name one in OPENAI_MODEL, or as `model` of the connection"

log = get_logger("ai.provider")


class Knowledge:
    """What is known of one endpoint."""

    def __init__(
        self, settings: ConnectionSettings, client: openai.AsyncOpenAI, tasks: asyncio.TaskGroup
    ) -> None:
        self._settings = settings
        self._client = client
        self._mask = Mask.of(settings)
        self._refuses_continuation = False
        self._limits: dict[str, int] = {}
        self._dialects: dict[str, Dialect] = {}
        self.listing = ListingCache(self._fetch, tasks)

    async def model(self, model: str | None) -> str:
        """Return `model`, or the default one: as set, else the first that is listed.

        Raises EndpointError where none is set and the endpoint does not list any.
        """
        named = model or self._settings.model or self._settings.deployment
        if named:
            return named
        try:
            return await self._first_listed()
        except EndpointError as error:
            if error.error_class in NAMING_HELPS:
                log.warning("no_model_to_ask", cause=error.diagnosis, remedy=REMEDY)
            raise

    def dialect(self, model: str) -> Dialect:
        """Return what has been learned of asking `model`."""
        if model not in self._dialects and len(self._dialects) >= _MOST_MODELS:
            self._dialects.clear()
        return self._dialects.setdefault(model, Dialect())

    async def continuation(self) -> tuple[Way, ...]:
        """Return the ways to ask for a continuation, none where the endpoint cannot continue."""
        takeover = self._settings.takeover
        if self._refuses_continuation or takeover == "restart":
            return ()
        vendor = (await self.listing.glance()).vendor
        if vendor is None:
            return _UNKNOWN if takeover == "prefill" else ()
        return _CONTINUING[vendor]

    def learn_refused_continuation(self) -> None:
        """Remember that the endpoint does not continue an answer."""
        self._refuses_continuation = True

    async def context_tokens(self, model: str | None) -> int | None:
        """Return the model's context: as set, as learned, or as listed; None where unknown.

        Waits for a list for 2 seconds at most.
        """
        if self._settings.context_tokens is not None:
            return self._settings.context_tokens
        name = model or self._settings.model or self._settings.deployment
        if name in self._limits:
            return self._limits[name]
        listing = await self.listing.glance()
        if name is None:
            name = listing.models[0].id if listing.models else ""
        return self._limits.get(name) or listing.context_tokens(name)

    def learn_context_tokens(self, model: str, tokens: int) -> None:
        """Remember the limit that the endpoint named in refusing a prompt."""
        if model not in self._limits and len(self._limits) >= _MOST_MODELS:
            self._limits.clear()
        self._limits[model] = tokens

    async def _first_listed(self) -> str:
        models = (await self.listing.get()).models
        if not models:
            raise EndpointError("model_missing", diagnosis="NoModelListed")
        return models[0].id

    async def _fetch(self) -> Listing | EndpointError:
        try:
            async with asyncio.timeout(LIST_SECONDS):
                return await self._fetch_listing()
        except Exception as error:  # noqa: BLE001 - the callers that wait get it
            return read_fault(error, self._mask).error

    async def _fetch_listing(self) -> Listing | EndpointError:
        answer = await self._client.get("/models", cast_to=httpx2.Response)
        listing = self._read(answer)
        if isinstance(listing, EndpointError) or listing.vendor not in SERVING_PATHS:
            return listing
        try:
            async with asyncio.timeout(LIST_SECONDS / 2):
                loaded = await self._fetch_loaded(listing.vendor)
        except Exception:  # noqa: BLE001 - the list is of use without it
            return listing
        return Listing(listing.models, listing.vendor, loaded)

    def _read(self, answer: httpx2.Response) -> Listing | EndpointError:
        with suppress(ValueError, RecursionError):
            return read_listing(answer.content, answer.headers.get("server", ""))
        error = unexpected_body(answer.content, "NoList", self._mask)
        error.address = self._mask.address(str(answer.request.url))
        return error

    async def _fetch_loaded(self, vendor: Vendor) -> dict[str, int]:
        url = httpx2.URL(self._settings.address).copy_with(path=SERVING_PATHS[vendor])
        answer = await self._client.get(str(url), cast_to=httpx2.Response)
        return read_loaded(vendor, answer.content)
