"""A wrong address leads to the one that was perhaps meant."""

from services.ai.provider.refusals.addresses import suggested_address

GOOGLE = "https://generativelanguage.googleapis.com"
CASES = {
    "https://openrouter.ai/api": "https://openrouter.ai/api/v1",
    "https://openrouter.ai": "https://openrouter.ai/api/v1",
    "https://openrouter.ai/api/v1/": "",
    "https://api.groq.com": "https://api.groq.com/openai/v1",
    "https://api.groq.com/v1": "https://api.groq.com/openai/v1",
    GOOGLE: f"{GOOGLE}/v1beta/openai",
    "http://localhost:11434/api": "http://localhost:11434/v1",
    "http://localhost:11434/api/chat": "http://localhost:11434/v1",
    "http://[::1]:11434/api/generate": "http://[::1]:11434/v1",
    "http://x/api": "http://x/api/v1",
    "http://x:1/v1/completions": "http://x:1/v1",
    "http://x:1/v1/chat/completions": "http://x:1/v1",
    "http://x/v1/models": "http://x/v1",
    "http://x/v1/messages": "http://x/v1",
    "http://x/v1/responses": "http://x/v1",
    "https://x.openai.azure.com/openai/deployments/d": "",
}


def test_the_address_that_was_meant_is_known_of_many_hosts() -> None:
    assert {written: suggested_address(written) for written in CASES} == CASES
