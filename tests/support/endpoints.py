"""The two endpoints that the ai service is tried with: our demo and llmock, which is not ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from services.ai.settings import SYSTEM_PROMPT
from services.demo.app import create_app
from services.demo.settings import DemoSettings
from tests.support.http import http_client
from tests.support.llmock import plan
from tests.support.servers import serving

Kind = Literal["demo", "llmock"]
Failure = Literal["rate_limit", "auth", "server", "cut", "disconnect", "malformed"]

PARTIAL = "It ends in the middle of a"
_LLMOCK_FAILURES: dict[Failure, dict[str, object]] = {
    # Thrice: the client tries twice again. Without the short wait it would take its time.
    "rate_limit": {"type": "fail", "status": 429, "retry_after": 0.01, "times": 3},
    "auth": {"type": "fail", "status": 401},
    "server": {"type": "fail", "status": 500, "retry_after": 0.01, "times": 3},
    "cut": {"type": "stream_fault", "kind": "truncate", "after_chunks": 4},
    "disconnect": {"type": "stream_fault", "kind": "disconnect", "after_chunks": 4},
    "malformed": {"type": "stream_fault", "kind": "malformed", "after_chunks": 4},
}


@dataclass(frozen=True, slots=True)
class ModelServer:
    """An endpoint and how to make it say something."""

    kind: Kind
    origin: str
    model: str

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def question_for(self, answer: str) -> str:
        """Return a question that is answered with exactly `answer`."""
        if self.kind == "demo":
            return f"/echo {answer}"
        plan(self.origin, {"type": "reply", "text": answer})
        return "Say what was planned."

    def question_that_fails(self, failure: Failure) -> str:
        """Return a question whose answer fails in this way."""
        if self.kind == "demo":
            return f"/error {failure}"
        plan(self.origin, {"type": "reply", "text": PARTIAL}, _LLMOCK_FAILURES[failure])
        return "Fail as it was planned."

    async def answer_whole(self, question: str) -> str:
        """Ask as the ai service does, but for an answer in one piece."""
        messages = [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": question},
        ]
        async with http_client() as client:
            answer = await client.post(
                f"{self.base_url}/chat/completions",
                json={"model": self.model, "messages": messages},
            )
        return str(answer.raise_for_status().json()["choices"][0]["message"]["content"])

    async def stats(self) -> dict[str, int]:
        """Return the demo endpoint's counts of generations."""
        async with http_client() as client:
            figures = (await client.get(f"{self.origin}/demo/stats")).json()
        return {str(name): int(figure) for name, figure in figures.items()}


@asynccontextmanager
async def running_demo(tokens_per_second: float = 0) -> AsyncIterator[ModelServer]:
    """Run a demo endpoint; at 0 tokens a second it answers as fast as it can."""
    settings = DemoSettings(tokens_per_second=tokens_per_second, first_token_ms=0)
    async with serving(create_app(settings)) as address:
        yield ModelServer("demo", f"http://{address}", "natter-demo")


async def first_model(origin: str) -> str:
    """Ask an endpoint for the first of its models."""
    async with http_client() as client:
        return str((await client.get(f"{origin}/v1/models")).json()["data"][0]["id"])
