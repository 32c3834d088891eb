"""Describes what is wrong with a setting: the variable, the place in its value, what is expected.

The value itself is never quoted: it may be a secret, or contain one in the wrong place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from services.shared.process.masking import MASK, mask_keys

# pydantic's messages about Python's types, in terms of JSON.
_MESSAGES: Final = {
    "missing": "must be set",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "tuple_type": "must be a JSON list",
    "extra_forbidden": "has a member whose name there is not",
    "string_type": "must be a string",
    "string_pattern_mismatch": "is not written as it should be",
}
# The field's name in pydantic-settings' message, which has no attribute for it.
_FIELD: Final = re.compile(r'field "(\w+)"')
# A key that was written in a name's place is longer, or has digits inside.
_NAME: Final = re.compile(r"[\w.-]{1,7}|[A-Za-z_.-]{1,24}(?:[-_.][0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SettingFault:
    """What pydantic reports about a fault: its place, its kind and its message."""

    place: tuple[int | str, ...]
    kind: str
    message: str
    least: int | None = None
    of_items: bool = False


def faults_of(error: ValidationError) -> Iterator[SettingFault]:
    """Yield the faults; a list that is too short because an item is wrong is not a second one."""
    faults = error.errors(include_url=False, include_input=False)
    within = {fault["loc"][:1] for fault in faults if len(fault["loc"]) > 1}
    for fault in faults:
        if fault["type"] != "too_short" or fault["loc"] not in within:
            context = fault.get("ctx", {})
            yield SettingFault(
                fault["loc"],
                fault["type"],
                fault["msg"],
                least=context.get("min_length"),
                of_items=context.get("field_type") == "Tuple",
            )


def describe_fault(fault: SettingFault, variable: str, meaning: str) -> str:
    """Describe a fault as `VARIABLE, place: the fault (the variable's meaning)`."""
    steps = fault.place[1:]
    if fault.kind == "extra_forbidden":
        # An unknown name is not shown: it may be a key.
        steps = steps[:-1]
    if not variable:
        return _message(fault)
    is_within = any(isinstance(step, str) for step in steps)
    explained = f" ({meaning})" if meaning and not is_within else ""
    return f"{_place(variable, steps)}: {_message(fault)}{explained}"


def shown_name(name: str) -> str:
    """Return a name from a setting; masked if it may be a key in the wrong place."""
    return mask_keys(name) if _NAME.fullmatch(name) else MASK


def unreadable_field(error: SettingsError) -> str | None:
    """Name the field whose variable is not JSON."""
    found = _FIELD.search(str(error))
    return found[1] if found else None


def describe_no_json(error: SettingsError, variable: str) -> str:
    """Describe a variable that is not JSON, with the place of the first error."""
    cause = error.__cause__
    if isinstance(cause, JSONDecodeError):
        return f"{variable}: must be JSON: {cause.msg} at character {cause.pos + 1}"
    return f"{variable}: must be JSON"


def _place(variable: str, steps: Sequence[int | str]) -> str:
    """Describe a place in JSON: `X, item 2`, or `X, local.base_url`."""
    names = ".".join(shown_name(step) for step in steps if isinstance(step, str))
    items = [f"item {step + 1}" for step in steps if isinstance(step, int)]
    return ", ".join([variable, *([names] if names else []), *items])


def _message(fault: SettingFault) -> str:
    """Return pydantic's message, in terms of environment variables and JSON."""
    if fault.kind == "too_short":
        return f"must have at least {fault.least} {'items' if fault.of_items else 'characters'}"
    message = fault.message.removeprefix("Value error, ").replace("Input should be", "must be")
    return _MESSAGES.get(fault.kind, message)
