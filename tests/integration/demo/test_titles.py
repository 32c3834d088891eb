"""Titles of chats from the demo endpoint: as it writes them, and as the ai service gets them."""

from openai import AsyncOpenAI

from services.ai.provider.connections import open_connections
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.ai.titles import write_title
from services.shared.bus.messages import Turn
from tests.support.demo_client import MODEL

INSTRUCTIONS = "You write titles for chats. Reply with nothing else."
TITLES = {
    "Count to 30, please": "Counting to 30",
    "Some code": "Prime numbers in Python",
    "A table?": "Eight planets in a table",
    "/slow 9000 a long answer": "How an answer reaches a page",
    "what is the capital of New South Wales?": "What is the capital of New",
    "/error cut": "Error cut",
    "/slow soon": "Slow soon",
    "漢字は何ですか": "漢字は何ですか",
    "?!": "A chat with the demo model",
}


async def title(client: AsyncOpenAI, question: str) -> str:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": f"<chat>\nUser: {question}\n\nAssistant: No.\n</chat>"},
        ],
    )
    return str(answer.choices[0].message.content)


async def test_a_title_is_made_of_the_first_question(client: AsyncOpenAI) -> None:
    assert {question: await title(client, question) for question in TITLES} == TITLES
    text = await title(client, "/think-tags Some code")
    assert text.startswith("<think>\n")
    assert text.endswith("</think>\n\nPrime numbers in Python")


async def test_the_ai_service_gets_the_same_titles_without_reasoning(origin: str) -> None:
    more = {f"{command} Some code": TITLES["Some code"] for command in ("/think", "/think-tags")}
    settings = {"demo": ConnectionSettings(base_url=f"{origin}/v1")}
    async with open_connections(settings, default="demo", timeouts=Timeouts()) as connections:
        connection = connections.get(None)
        turns: list[Turn] = []
        for question, expected in (TITLES | more).items():
            turns = [Turn(role="user", content=question), Turn(role="assistant", content="Well.")]
            assert await write_title(connection, turns) == expected
        assert await write_title(connection, turns, model="other") is None
