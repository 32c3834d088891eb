"""Lists the variables that were taken from the shell in which `make run` was called."""

import re
from collections.abc import Mapping

from services.shared.process.setting_files import SUFFIX, looks_like_path, shown_path
from services.shared.process.terminal import printable

_OF_ENDPOINT = re.compile(r"OPENAI_.*")
# The last two are the SDK's own.
_STEERING = re.compile(
    r"NATTER_.*|(DATABASE_URL|NATS_URL|OPENAI_(API_KEY|BASE_URL|MODEL))(_FILE)?"
    r"|OPENAI_(ORG_ID|PROJECT_ID)"
)
# These complete the address of the user's own database, and have no effect on ours.
_OF_LIBPQ = re.compile(r"PG[A-Z]+")
# The value of any other variable may be a secret.
_SHOWN = re.compile(
    r"NATTER_(?!AI_CONNECTIONS|STREAM_KEYS|WEB_SETUP_CODE|.*PASSWORD).*|OPENAI_(BASE_URL|MODEL)"
)
_ADDRESS = re.compile(r"(?:NATS|DATABASE|OPENAI_BASE)_URL")
_MOST = 80
MASK = "…"


def list_inherited(inherited: Mapping[str, str]) -> str:
    """Return a line for each variable that steers Natter, secrets masked; empty without any.

    An `OPENAI_*` variable that is not read may be misspelt, so it is listed as well.
    """
    taken = sorted(name for name, value in inherited.items() if value and _STEERING.fullmatch(name))
    if {"DATABASE_URL", f"DATABASE_URL{SUFFIX}"} & set(taken):
        taken += sorted(filter(_OF_LIBPQ.fullmatch, inherited))
    lines = [f"  {name}={masked(name, inherited[name])}" for name in taken]
    unread = sorted(set(filter(_OF_ENDPOINT.fullmatch, inherited)) - set(taken))
    lines += [f"  {name} is not read" for name in unread if inherited[name]]
    return "\n".join(("Taken from the environment:", *lines)) if lines else ""


def masked(name: str, value: str) -> str:
    """Return the value of variable `name` on one line, with possible secrets masked."""
    if name.endswith(SUFFIX):
        value = shown_path(value) if looks_like_path(value) else MASK
    elif _ADDRESS.fullmatch(name):
        value = _without_secrets(value)
    elif not _SHOWN.fullmatch(name):
        return MASK
    shown = printable(value)
    return shown if len(shown) <= _MOST else f"{shown[: _MOST - 1]}{MASK}"


def _without_secrets(address: str) -> str:
    # Not parsed: an invalid address may hold a password too. A name alone may be a token.
    scheme, mark, rest = address.partition("://")
    if not mark:
        return MASK
    who, at, where = rest.rpartition("@")
    user, colon, _ = who.partition(":")
    where = re.sub(r"[?#].*", f"?{MASK}", where, count=1)
    return f"{scheme}://{user if colon else ''}{colon}{MASK * bool(at)}{at}{where}"
