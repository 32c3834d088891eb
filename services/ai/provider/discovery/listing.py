"""Reads what an endpoint lists: its models, their contexts, and which server it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from services.ai.provider.json_fields import Members, count, items, members, name, parse
from services.ai.provider.refusals.context_limits import LEAST, MOST

type Vendor = Literal["vllm", "sglang", "llama.cpp", "ollama", "lmstudio", "natter-demo"]

MOST_MODELS: Final = 5000
OWNERS: Final[dict[str, Vendor]] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
    "library": "ollama",
    "organization_owner": "lmstudio",
    "natter-demo": "natter-demo",
}
"""`owned_by` of a model that the server itself lists."""
LIMITS: Final = (
    "loaded_context_length",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "max_input_tokens",
)
SERVING_PATHS: Final[dict[Vendor, str]] = {
    "llama.cpp": "/props",
    "ollama": "/api/ps",
    "lmstudio": "/api/v0/models",
}
"""Where these servers say how long a context a model was loaded with, from the host's root."""

ANY_MODEL: Final = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint lists."""

    id: str
    owned_by: str | None = None
    context_tokens: int | None = None
    """Its context, where the list says so."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What an endpoint lists, and what that says about its server."""

    models: tuple[ModelInfo, ...] = ()
    vendor: Vendor | None = None
    loaded: Mapping[str, int] = field(default_factory=dict)
    """The context that a model was loaded with; under ANY_MODEL that of all."""

    def context_tokens(self, model: str) -> int | None:
        """Return the context of `model`, or None."""
        loaded = self.loaded.get(model) or self.loaded.get(ANY_MODEL)
        listed = (info.context_tokens for info in self.models if info.id == model)
        return loaded or next(listed, None)


def read_listing(body: bytes, server: str) -> Listing:
    """Read the answer of `/models`, and the `Server` header that came with it.

    Raises ValueError or RecursionError where it is no JSON, or an error; any other oddity is
    ignored.
    """
    value = parse(body)
    outer = members(value)
    entries = items(value) or items(outer.get("data")) or items(outer.get("models"))
    if outer.get("error") and not entries:
        raise ValueError
    models = {info.id: info for info in _models(entries[:MOST_MODELS])}
    return Listing(tuple(models.values()), _vendor(models.values(), server))


def read_loaded(vendor: Vendor, body: bytes) -> dict[str, int]:
    """Read the answer of the vendor's path in SERVING_PATHS. Raises as `read_listing` does."""
    outer = members(parse(body))
    if vendor == "llama.cpp":
        settings = members(outer.get("default_generation_settings"))
        limit = _limit(settings.get("n_ctx"))
        return {ANY_MODEL: limit} if limit else {}
    entries = map(members, items(outer.get("models")) or items(outer.get("data")))
    member = "context_length" if vendor == "ollama" else "loaded_context_length"
    found = ((name(e.get("id")) or name(e.get("name")), _limit(e.get(member))) for e in entries)
    return {model: limit for model, limit in found if model and limit}


def _models(entries: list[object]) -> Iterator[ModelInfo]:
    for entry in map(members, entries):
        model = name(entry.get("id")) or name(entry.get("name"))
        if model:
            yield ModelInfo(model, name(entry.get("owned_by")), _context_tokens(entry))


def _context_tokens(entry: Members) -> int | None:
    named = [entry.get(limit) for limit in LIMITS]
    named.append(members(entry.get("top_provider")).get("context_length"))
    named.append(members(entry.get("meta")).get("n_ctx"))
    named.append(members(entry.get("meta")).get("n_ctx_train"))
    return next((limit for limit in map(_limit, named) if limit), None)


def _vendor(models: Iterable[ModelInfo], server: str) -> Vendor | None:
    owners = (OWNERS.get((model.owned_by or "").lower()) for model in models)
    return "llama.cpp" if server == "llama.cpp" else next(filter(None, owners), None)


def _limit(value: object) -> int | None:
    limit = count(value)
    return limit if limit and LEAST <= limit <= MOST else None
