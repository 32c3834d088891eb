"""The sentences that explain each class of error to a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened and what to do; `named` is `happened` with names from the details.

    Names stand in braces: `base` (the endpoint's address), `model`, `tool`, `suggestion`; `key`,
    `model_setting` and `address_setting` are the places where each is set.
    """

    happened: str
    advice: str
    named: str = ""


UNKNOWN: Final = Cause(
    "The answer could not be finished.",
    "Retry. If it happens again, whoever runs Natter finds the reason in the log.",
)
CAUSES: Final[Mapping[str, Cause]] = {
    "auth": Cause(
        "The model's endpoint refused the API key.",
        "The key is wrong or has expired, or does not permit this; your message is not to blame."
        " Whoever runs Natter sets it {key}.",
    ),
    "bad_response": Cause(
        "The model's endpoint sent something that could not be understood.",
        "The fault is there, not in your message. Retry; if it happens again, whoever runs Natter"
        " finds more in the log.",
    ),
    "connection_missing": Cause(
        "The connection that this chat uses is not set up any more.",
        "Whoever runs Natter has taken it out of NATTER_AI_CONNECTIONS. Choose another model below,"
        " then retry.",
    ),
    "content_filter": Cause(
        "The model's endpoint withheld the answer.",
        "Its content filter objects to your message or to the answer. Edit your message, and say it"
        " in other words.",
    ),
    "context_length": Cause(
        "This chat has grown longer than the model can read.",
        "Every model reads only so much at once. Start a new chat, or edit your message and make it"
        " shorter.",
    ),
    "cut_off": Cause(
        "The answer was cut off before its end.",
        "The connection to the model's endpoint ended too early; nothing is wrong with your"
        " message. Continue the answer, or retry.",
    ),
    "endpoint_failed": Cause(
        "The model's endpoint failed.",
        "The fault is there, not in your message. Retry in a moment; if it fails again, whoever"
        " runs the endpoint finds the reason in its log.",
    ),
    "interrupted": Cause(
        "The answer was interrupted too often and was given up.",
        "The fault is Natter's, not yours or the model's. Retry; if it happens again, whoever runs"
        " Natter finds the reason in the log.",
    ),
    "key_missing": Cause(
        "The model's endpoint wants an API key, and none is set.",
        "Your message is not to blame. Whoever runs Natter sets the key {key}.",
    ),
    "model_missing": Cause(
        "The model's endpoint has no model of that name, or none at all.",
        "Your message is not to blame. Choose another model below, then retry; or whoever runs"
        " Natter installs this one there, or names another {model_setting}.",
        named="The model's endpoint has no model named “{model}”.",
    ),
    "not_found": Cause(
        "Nothing at the endpoint's address speaks chat completions.",
        "The address is wrong, or another program answers there; your message is not to blame."
        " Whoever runs Natter sets it {address_setting}.",
        named="Nothing at {base} speaks chat completions.",
    ),
    "not_stored": Cause(
        "The answer could not be stored.",
        "The fault is Natter's, not yours or the model's. Retry; if it happens again, whoever runs"
        " Natter finds the reason in the log.",
    ),
    "own_address": Cause(
        "The endpoint's address is Natter's own, and Natter is no model.",
        "Your message is not to blame. Whoever runs Natter sets the address of a model's server"
        " {address_setting}.",
        named="The endpoint's address, {base}, is Natter's own, and Natter is no model.",
    ),
    "quota": Cause(
        "The account at the model's endpoint has used up its credit or its quota.",
        "Waiting does not help, and your message is not to blame. Whoever runs Natter has to raise"
        " it there; retry after that.",
    ),
    "rate_limit": Cause(
        "The model's endpoint is taking no more requests right now.",
        "It limits how many it takes; nothing is wrong with your message. Retry when it takes"
        " requests again.",
    ),
    "refused": Cause(
        "The model's endpoint refused the request.",
        "It does not take something in your message, or in how Natter is set up. Its own words,"
        " under Details, may say what. Change that, then retry.",
    ),
    "timeout": Cause(
        "The model's endpoint took too long.",
        "It is busy, or still loading the model; nothing is wrong with your message. Retry in a"
        " moment.",
    ),
    "tool_asked": Cause(
        "The model asked for a tool and gave no answer.",
        "This chat has no tools. Retry, or tell the model to answer without any.",
        named="The model asked for a tool, “{tool}”, and gave no answer.",
    ),
    "unavailable": Cause(
        "The model's endpoint is not ready to answer.",
        "It is starting, loading a model or overloaded; nothing is wrong with your message. Retry"
        " in a moment.",
    ),
    "unreachable": Cause(
        "The model's endpoint could not be reached.",
        "It is not running, or its address is wrong, or the network is down; your message is not to"
        " blame. Retry once it runs. Whoever runs Natter sets the address {address_setting}.",
        named="The model's endpoint at {base} could not be reached.",
    ),
}
WITHOUT_V1: Final = (
    "/v1 seems to be missing from the address; your message is not to blame. Whoever runs Natter"
    " sets {suggestion} {address_setting}."
)
OTHER_ADDRESS: Final = (
    "The address seems to be wrong; your message is not to blame. Whoever runs Natter sets it"
    " {address_setting}: {suggestion} may be right."
)
