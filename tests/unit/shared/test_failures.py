"""Each error class is explained: what happened, whose fault it is, and what to do next."""

import re
from typing import get_args

import pytest

from services.shared.bus.answer_errors import EndpointDetails, ErrorClass
from services.shared.pages.failure_texts import CAUSES, UNKNOWN
from services.shared.pages.failures import explain, facts

DETAILS = EndpointDetails(
    connection="default",
    model="llama3.2",
    address="http://127.0.0.1:11434/v1/chat/completions",
    status=404,
    tool="search",
    said="No.",
)
# A sentence says whose fault it is in one of these ways.
BLAMES = re.compile(
    r"message is not to blame|nothing is wrong with your message|The fault is|Your message"
    r"|Every model reads|filter objects|does not take something|has no tools|has taken it out"
)
NEXT = re.compile(r"[Rr]etry|Whoever runs Natter|whoever runs Natter|Start a new chat|Edit your")


def test_every_class_is_explained_and_nothing_else_is() -> None:
    assert CAUSES.keys() == set(get_args(ErrorClass))


@pytest.mark.parametrize("error", CAUSES)
@pytest.mark.parametrize("details", [None, EndpointDetails(), DETAILS])
def test_an_explanation_says_whose_fault_it_is_and_what_to_do(
    error: str, details: EndpointDetails | None
) -> None:
    told = explain(error, details)
    assert told.happened.endswith(".")
    assert told.advice.endswith(".")
    assert BLAMES.search(told.advice), told.advice
    assert NEXT.search(told.advice), told.advice
    assert "{" not in told.happened + told.advice
    assert "“”" not in told.happened + told.advice


@pytest.mark.parametrize(
    ("error", "happened"),
    [
        ("model_missing", "The model's endpoint has no model named “llama3.2”."),
        ("not_found", "Nothing at http://127.0.0.1:11434/v1 speaks chat completions."),
        ("unreachable", "The model's endpoint at http://127.0.0.1:11434/v1 could not be reached."),
        ("tool_asked", "The model asked for a tool, “search”, and gave no answer."),
    ],
)
def test_what_is_known_by_name_is_named(error: str, happened: str) -> None:
    assert explain(error, DETAILS).happened == happened
    assert explain(error, None).happened == CAUSES[error].happened


def test_an_address_that_may_be_right_is_suggested() -> None:
    right = "http://127.0.0.1:11434/v1"
    for path, advice in (
        ("", f"/v1 seems to be missing from the address; .+ sets {right} in OPENAI_BASE_URL."),
        ("/api", f"The address seems to be wrong; .+ in OPENAI_BASE_URL: {right} may be right."),
    ):
        asked = f"http://127.0.0.1:11434{path}/chat/completions"
        told = explain("not_found", EndpointDetails(address=asked, suggestion=right))
        assert re.fullmatch(advice, told.advice)


def test_a_setting_is_named_where_it_is_set() -> None:
    assert "in OPENAI_API_KEY" in explain("auth", DETAILS).advice
    local = DETAILS.model_copy(update={"connection": "local"})
    assert "as api_key of “local” in NATTER_AI_CONNECTIONS" in explain("auth", local).advice


@pytest.mark.parametrize("error", ["tired", "a_newer_one", None, ""])
def test_a_class_that_a_newer_service_writes_has_a_sentence_of_its_own(error: str | None) -> None:
    told = explain(error, DETAILS)
    assert (told.happened, told.advice) == (UNKNOWN.happened, UNKNOWN.advice)


def test_names_with_braces_are_names() -> None:
    details = EndpointDetails(model="{key}{x}")
    assert "“{key}{x}”" in explain("model_missing", details).happened


def test_only_what_is_known_can_be_unfolded() -> None:
    assert list(facts(None)) == []
    assert list(facts(EndpointDetails())) == []
    assert dict(facts(DETAILS)) == {
        "Asked": DETAILS.address,
        "Model": "llama3.2",
        "Connection": "default",
        "HTTP status": "404",
        "Tool": "search",
        "What came back": "No.",
    }
