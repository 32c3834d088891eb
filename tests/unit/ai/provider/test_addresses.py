"""An address that is not right leads to the one that was perhaps meant."""

import pytest

from services.ai.provider.refusals.addresses import suggested_address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api/v1/", ""),
        ("https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("https://api.groq.com/v1", "https://api.groq.com/openai/v1"),
        (
            "https://generativelanguage.googleapis.com",
            "https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        ("http://localhost:11434/api", "http://localhost:11434/v1"),
        ("http://localhost:11434/api/chat", "http://localhost:11434/v1"),
        ("http://[::1]:11434/api/generate", "http://[::1]:11434/v1"),
        ("http://x/api", "http://x/api/v1"),
        *((f"http://x:1/v1/{t}", "http://x:1/v1") for t in ("completions", "chat/completions")),
        *((f"http://x/v1/{tail}", "http://x/v1") for tail in ("models", "messages", "responses")),
        ("https://x.openai.azure.com/openai/deployments/d", ""),
    ],
)
def test_the_address_that_was_meant_is_known_of_many_hosts(written: str, meant: str) -> None:
    assert suggested_address(written) == meant
