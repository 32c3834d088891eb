"""Long chats: short questions, and answers of prose, lists, code and tables in turn."""

from datetime import UTC, datetime
from typing import Final

from tests.load.browsing.words import Prose
from tests.support.stored_chats import StoredChat, StoredTurn

_LIST_ITEMS: Final = 4
_TABLE_ROWS: Final = 4
# Of ten answers, five are prose.
_KINDS: Final = "prose", "code", "prose", "list", "prose", "table", "prose", "list", "prose", "code"


def long_chat(seed: int, turns: int) -> StoredChat:
    """Return a chat of so many turns whose texts no other seed has."""
    prose = Prose(seed)
    return StoredChat(
        title=f"A chat of {2 * turns} messages, number {seed}",
        turns=[_turn(prose, f"{seed}.{number}", number) for number in range(turns)],
        at=datetime.now(UTC),
    )


def _turn(prose: Prose, name: str, number: int) -> StoredTurn:
    parts = [prose.paragraph(3), _block(prose, _KINDS[number % len(_KINDS)]), prose.paragraph(2)]
    return StoredTurn(
        question=f"{name}: {prose.sentence()}", answer=f"Number {name}. " + "\n\n".join(parts)
    )


def _block(prose: Prose, kind: str) -> str:
    match kind:
        case "code":
            first, second, third, fourth = prose.words(4)
            return (
                f"```python\ndef {first}({second}: int) -> int:\n"
                f'    """{prose.sentence()}"""\n'
                f"    {third} = [{second} * n for n in range(10)]\n"
                f"    return sum({third})  # {fourth}\n```"
            )
        case "table":
            rows = (" | ".join(prose.words(3)) for _ in range(_TABLE_ROWS))
            return "| a | b | c |\n|---|---|---|\n" + "\n".join(f"| {row} |" for row in rows)
        case "list":
            items = (" ".join(prose.words(8)) for _ in range(_LIST_ITEMS))
            return "\n".join(f"- **{item.partition(' ')[0]}** {item}" for item in items)
        case _:
            return prose.paragraph(3)
