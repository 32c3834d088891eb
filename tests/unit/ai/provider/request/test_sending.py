"""Which members of a request are parameters of the SDK."""

import inspect

import openai

from services.ai.provider.ask import Ask
from services.ai.provider.request.dialect import CONTINUES, Dialect
from services.ai.provider.request.sending import PARAMETERS
from services.ai.provider.settings import ConnectionSettings
from services.shared.bus.messages import Turn


async def test_each_member_that_the_sdk_has_a_parameter_for_is_one() -> None:
    settings = ConnectionSettings(temperature=0.5, reasoning_effort="low", max_tokens=9)
    turns = (Turn(role="user", content="Hello"),)
    members: set[str] = set()
    for thinks in (True, False):
        ask = Ask(turns=turns, begun="Hel", top_p=0.9, thinks=thinks)
        request = Dialect().write(ask, "model", settings, (CONTINUES,))
        for ways in request.ways.values():
            members.update(*ways)
    async with openai.AsyncOpenAI(api_key="none") as client:
        known = inspect.signature(client.chat.completions.create).parameters.keys()
    assert members & known >= PARAMETERS
    assert not (members - PARAMETERS) & known
