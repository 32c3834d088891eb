"""Recognises that a prompt was too long, in the words of many servers, and reads the limit."""

import re
from collections.abc import Mapping
from typing import Final

from services.ai.provider.json_fields import count

LEAST: Final = 64
MOST: Final = 100_000_000
CODES: Final = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
)

_NUMBER: Final = r"(\d[\d,_]{1,12})"
_TOO_LONG: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # OpenAI, vLLM, OpenRouter, Mistral: "maximum context length is 8192 tokens".
        rf"maximum (?:context|model) length (?:is |of )?\(?{_NUMBER}",
        # SGLang and vLLM: "(5000) exceeds model's maximum context length (4096)".
        rf"context length\s*(?:of |is |\(|= ?|: ?){_NUMBER}",
        # llama.cpp: "exceeds the available context size (4096 tokens)".
        rf"context size\s*\(?(?:of |is )?{_NUMBER}",
        # llama-cpp-python: "exceed context window of 4096".
        rf"context window\s*(?:of |is |\(){_NUMBER}",
        # LM Studio: "greater than the context length (n_keep: 5000>= n_ctx: 4096)".
        rf"n_ctx\W{{1,4}}{_NUMBER}",
        rf"context length of only {_NUMBER}",
        # Mistral: "too large for model with 32768 maximum context length".
        rf"model with {_NUMBER} maximum context length",
        # Anthropic: "prompt is too long: 210000 tokens > 200000 maximum".
        rf"too long:[^>]{{1,40}}> {_NUMBER} maximum",
        # Gemini: "input token count (5000) exceeds the maximum number of tokens allowed (4096)".
        rf"maximum number of tokens allowed\s*\(?{_NUMBER}",
        # TGI: "`inputs` must have less than 4096 tokens"; Together, with `max_new_tokens`.
        rf"must have less than {_NUMBER} tokens",
        rf"`max_new_tokens` must be <= {_NUMBER}",
        # Moonshot: "exceeded model token limit: 8192".
        rf"model token limit: {_NUMBER}",
        # Qwen: "Range of input length should be [1, 30720]".
        rf"range of input length should be \[\d{{1,9}}, ?{_NUMBER}\]",
    )
)
_TOO_LONG_WITHOUT_A_NUMBER: Final = re.compile(
    r"exceeds? (?:the |this model's |model's )?(?:available |maximum |max )*context"
    r"|context (?:length|window|size)(?: is| was)? exceeded"
    r"|(?:greater|longer|larger) than the (?:model's )?(?:maximum )?"
    r"(?:context|model) (?:length|size)"
    r"|prompt (?:is )?too long|input (?:is )?too long"
    r"|reduce the length of (?:the|your) (?:messages|prompt|input)"
    r"|context (?:the )?overflow",
    re.IGNORECASE,
)


def is_too_long(said: str) -> bool:
    """Return whether a refusal says that the prompt does not fit."""
    return bool(_TOO_LONG_WITHOUT_A_NUMBER.search(said)) or any(
        pattern.search(said) for pattern in _TOO_LONG
    )


def limit_named(said: str, error: Mapping[str, object]) -> int | None:
    """Return how many tokens fit, from the member `n_ctx` of the refusal or from its words."""
    named = count(error.get("n_ctx"))
    found = (pattern.search(said) for pattern in _TOO_LONG)
    numbers = [named, *(int(re.sub(r"\D", "", match[1])) for match in found if match)]
    return next((n for n in numbers if n is not None and LEAST <= n <= MOST), None)
