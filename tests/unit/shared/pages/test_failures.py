"""Every error class is explained: what happened, whose fault it is, what to do next."""

import re
from itertools import product
from typing import get_args

from services.shared.bus.answer_errors import EndpointDetails, ErrorClass
from services.shared.pages.failure_texts import CAUSES, UNKNOWN
from services.shared.pages.failures import Explanation, explain, facts

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


def test_an_explanation_says_whose_fault_it_is_and_what_to_do() -> None:
    for error, details in product(CAUSES, [None, EndpointDetails(), DETAILS]):
        shown = explain(error, details)
        assert shown.happened.endswith("."), shown
        assert shown.advice.endswith("."), shown
        assert BLAMES.search(shown.advice), shown
        assert NEXT.search(shown.advice), shown
        assert "{" not in shown.happened + shown.advice
        assert "“”" not in shown.happened + shown.advice


def test_known_details_are_named() -> None:
    named = {
        "model_missing": "The model's endpoint has no model named “llama3.2”.",
        "not_found": "Nothing at http://127.0.0.1:11434/v1 speaks chat completions.",
        "unreachable": "The model's endpoint at http://127.0.0.1:11434/v1 could not be reached.",
        "tool_asked": "The model asked for a tool, “search”, and gave no answer.",
    }
    assert {error: explain(error, DETAILS).happened for error in named} == named
    assert all(explain(error, None).happened == CAUSES[error].happened for error in named)


def test_a_likely_address_is_suggested() -> None:
    right = "http://127.0.0.1:11434/v1"
    for path, advice in (
        ("", f"/v1 seems to be missing from the address; .+ sets {right} in OPENAI_BASE_URL."),
        ("/api", f"The address seems to be wrong; .+ in OPENAI_BASE_URL: {right} may be right."),
    ):
        asked = f"http://127.0.0.1:11434{path}/chat/completions"
        shown = explain("not_found", EndpointDetails(address=asked, suggestion=right))
        assert re.fullmatch(advice, shown.advice)


def test_a_setting_is_named_where_it_is_set() -> None:
    assert "in OPENAI_API_KEY" in explain("auth", DETAILS).advice
    local = DETAILS.model_copy(update={"connection": "local"})
    assert "as api_key of “local” in NATTER_AI_CONNECTIONS" in explain("auth", local).advice


def test_an_unknown_class_comes_from_a_newer_service_and_is_explained_too() -> None:
    for error in ("tired", "a_newer_one", None, ""):
        assert explain(error, DETAILS) == Explanation(UNKNOWN.happened, UNKNOWN.advice)


def test_braces_in_a_name_are_shown_as_they_are() -> None:
    details = EndpointDetails(model="{key}{x}")
    assert "“{key}{x}”" in explain("model_missing", details).happened


def test_only_known_facts_can_be_unfolded() -> None:
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
