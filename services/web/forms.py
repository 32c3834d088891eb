"""Reads a form into a model, or into the sentences that its fields get back."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.web.state import State


@dataclass(frozen=True, slots=True)
class Invalid:
    """A form that was refused: a sentence for each field that is at fault."""

    errors: dict[str, str]


async def read_fields(request: Request[State]) -> dict[str, str]:
    """Return the text fields of the request's form; files and anything unreadable are left out."""
    form = await request.form(max_files=0)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def validate[M: BaseModel](
    model: type[M], fields: Mapping[str, str], context: Mapping[str, object]
) -> M | Invalid:
    """Make a `model` of `fields`, or say what is wrong with each."""
    try:
        return model.model_validate(dict(fields), context=dict(context))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        return Invalid({str(fault["loc"][0]): fault["msg"] for fault in faults if fault["loc"]})
