"""The models the demo endpoint offers."""

from services.demo.errors import ErrorAnswer, InvalidRequestError

DEMO_MODEL = "natter-demo"
# Tells a client that this endpoint continues an answer whose beginning it is sent.
_OWNER = "natter-demo"

# OpenAI's model object has a time of creation; any fixed one will do.
_CREATED = 1_767_225_600


def list_models() -> dict[str, object]:
    """Return the body of `GET /v1/models`."""
    return {"object": "list", "data": [_describe(DEMO_MODEL)]}


def find_model(name: str) -> dict[str, object]:
    """Return the body of `GET /v1/models/{name}`; raise InvalidRequestError (404)."""
    require_model(name)
    return _describe(name)


def require_model(name: str) -> None:
    """Raise InvalidRequestError (404, `model_not_found`) unless there is such a model."""
    if name != DEMO_MODEL:
        message = f"The model `{name[:100]}` does not exist; this endpoint has `{DEMO_MODEL}`."
        raise InvalidRequestError(ErrorAnswer(404, message, param="model", code="model_not_found"))


def _describe(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": _OWNER}
