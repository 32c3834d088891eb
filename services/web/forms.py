"""Reads a form into a model, or into the sentences that its fields get back."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.web.state import State

# Some charsets that a multipart form may name can spell half a character, which nothing can store.
_HALVES: Final = re.compile("[\ud800-\udfff]")
# The body as a whole is limited before it comes here; a long text shall be refused by its form.
_ANY_SIZE: Final = sys.maxsize


@dataclass(frozen=True, slots=True)
class Invalid:
    """A form that was refused: a sentence for each field that is at fault."""

    errors: dict[str, str]


async def read_fields(request: Request[State]) -> dict[str, str]:
    """Return the text fields of the request's form, in text that can be stored and shown.

    Starlette refuses (400) what is broken, has more than 1,000 fields, or brings files.
    """
    form = await request.form(max_files=0, max_part_size=_ANY_SIZE)
    return {name: _whole(value) for name, value in form.items() if isinstance(value, str)}


def _whole(text: str) -> str:
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


def validate[M: BaseModel](
    model: type[M], fields: Mapping[str, str], context: Mapping[str, object]
) -> M | Invalid:
    """Make a `model` of `fields`, or say what is wrong with each."""
    try:
        return model.model_validate(dict(fields), context=dict(context))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        return Invalid({str(fault["loc"][0]): fault["msg"] for fault in faults if fault["loc"]})
