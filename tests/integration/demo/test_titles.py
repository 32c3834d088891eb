"""The demo endpoint answers a request for a title with a short one."""

import pytest
from openai import AsyncOpenAI

from tests.support.demo_client import MODEL

INSTRUCTIONS = "You write titles for chats. Reply with nothing else."


async def title(client: AsyncOpenAI, question: str) -> str:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": f"<chat>\nUser: {question}\n\nAssistant: No.\n</chat>"},
        ],
    )
    return str(answer.choices[0].message.content)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Count to 30, please", "Counting to 30"),
        ("Some code", "Prime numbers in Python"),
        ("A table?", "Eight planets in a table"),
        ("/slow 9000 a long answer", "How an answer reaches a page"),
        ("what is the capital of New South Wales?", "What is the capital of New"),
        ("/error cut", "Error cut"),
        ("/slow soon", "Slow soon"),
        ("漢字は何ですか", "漢字は何ですか"),
        ("?!", "A chat with the demo model"),
    ],
)
async def test_a_title_is_made_of_the_first_question(
    client: AsyncOpenAI, question: str, expected: str
) -> None:
    assert await title(client, question) == expected


async def test_a_chat_that_is_thought_about_has_its_title_thought_about(
    client: AsyncOpenAI,
) -> None:
    text = await title(client, "/think-tags Some code")
    assert text.startswith("<think>\n")
    assert text.endswith("</think>\n\nPrime numbers in Python")
