"""The fields that choose a model, and the form of a chat's options."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from services.web.forms import clean_text, within
from services.web.models.catalogue import ModelCatalogue
from services.web.models.model import MODEL_CHARS, Choice, Options

SYSTEM_PROMPT_CHARS: Final = 20_000
MOST_TOKENS: Final = 200_000
_WHOLE: Final = re.compile("[0-9]{1,9}")


def as_choice(value: object, info: ValidationInfo) -> Choice | None:
    """Read a field `model`; refuse a connection that is not there.

    The context has the `ModelCatalogue` as `catalogue`.
    """
    if value is None or isinstance(value, Choice):
        return value
    catalogue: ModelCatalogue = (info.context or {})["catalogue"]
    text = str(value)
    choice = catalogue.read_choice(text)
    if len(text) > MODEL_CHARS or not text.isprintable() or (text and not choice.connection):
        raise PydanticCustomError("no_model", "That is no model. Choose one from the list.")
    if not catalogue.has(choice):
        raise PydanticCustomError(
            "no_connection",
            "There is no connection “{name}” any more. Choose another model.",
            {"name": choice.connection or ""},
        )
    return choice


type ChosenModel = Annotated[Choice | None, BeforeValidator(as_choice)]
"""The model that a form chooses; None where it does not say."""


class ModelForm(BaseModel):
    """A form that only chooses a model."""

    model: ChosenModel = None


def _as_prompt(value: object) -> str | None:
    text = clean_text(str(value)).strip()
    return within(text, SYSTEM_PROMPT_CHARS, "A system prompt") or None


def _number(value: object, *, most: int, example: str) -> float | None:
    """Read a number from 0 to `most`, with a point or a comma; None for an empty field."""
    text = str(value).strip().replace(",", ".")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    # Also false for what is no number in the end.
    if not 0 <= number <= most:
        raise PydanticCustomError(
            "no_number",
            "Write a number from 0 to {most}, such as {example}, or nothing for the default.",
            {"most": most, "example": example},
        )
    return round(number, 2)


def _as_tokens(value: object) -> int | None:
    text = str(value).strip().replace(",", "")
    if not text:
        return None
    if not (_WHOLE.fullmatch(text) and 0 < int(text) <= MOST_TOKENS):
        raise PydanticCustomError(
            "no_count",
            "Write a whole number from 1 to {most}, or nothing for the default.",
            {"most": f"{MOST_TOKENS:,}"},
        )
    return int(text)


def _as_temperature(value: object) -> float | None:
    return _number(value, most=2, example="0.7")


def _as_top_p(value: object) -> float | None:
    return _number(value, most=1, example="0.9")


class OptionsForm(BaseModel):
    """The model and the options of a chat; a field that is not sent stays as it is."""

    model: ChosenModel = None
    system_prompt: Annotated[str | None, BeforeValidator(_as_prompt)] = None
    temperature: Annotated[float | None, BeforeValidator(_as_temperature)] = None
    top_p: Annotated[float | None, BeforeValidator(_as_top_p)] = None
    max_tokens: Annotated[int | None, BeforeValidator(_as_tokens)] = None

    def changed(self, options: Options) -> Options:
        """Return `options` with the fields that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set & OPTION_FIELDS}
        return Options(**{**_members(options), **sent})


OPTION_FIELDS: Final = frozenset({"system_prompt", "temperature", "top_p", "max_tokens"})


def written(options: Options) -> dict[str, str]:
    """Return options as the fields of a form."""
    return {name: _written(value) for name, value in _members(options).items()}


def _members(options: Options) -> Mapping[str, Any]:
    return {name: getattr(options, name) for name in OPTION_FIELDS}


def _written(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
