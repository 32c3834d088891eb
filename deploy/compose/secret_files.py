"""The stack's secrets: which files hold them, and how missing ones are made.

One file of each secret is authoritative, and its copies are made from it. So the next run completes
the work of a killed one, and repeats none of it.
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Final

from deploy.compose.secret_store import SecretFileError, Store

NATTER_UID: Final = 10001
POSTGRES_UID: Final = 999
READERS: Final = {
    "web": NATTER_UID,
    "realtime": NATTER_UID,
    "ai": NATTER_UID,
    "nats": NATTER_UID,
    "postgres": POSTGRES_UID,
    "tools": NATTER_UID,
}
NATS_USERS: Final = ("web", "realtime", "ai", "publisher", "operator")
DATABASE_PASSWORD: Final = "postgres/postgres_password"  # noqa: S105 - a path
NATS_PASSWORDS: Final = "nats/nats.env"
# Written before web's: the gateway has to know the key that web signs with.
STREAM_KEYS: Final = "realtime/stream_keys"
STREAM_KEYS_COPY: Final = "web/stream_keys"
SETUP_CODE: Final = "web/setup_code"
# Nothing that is taken for something else when it is typed: no 0, 1, i, l, o and u.
SETUP_CODE_CHARS: Final = "23456789abcdefghjkmnpqrstvwxyz"
# The services' own settings require it.
LEAST_KEY_CHARS: Final = 32
# The operator's own, if any: a service treats an empty file as no secret.
GIVEN: Final = {
    "openai_api_key": "ai/openai_api_key",
    "ai_connections": "ai/ai_connections",
    "database_url": "web/own_database_url",
    "nats_url_web": "web/own_nats_url",
    "nats_url_realtime": "realtime/own_nats_url",
    "nats_url_ai": "ai/own_nats_url",
}
_NATS_PASSWORD: Final = re.compile(r"NATTER_NATS_([A-Z]+)_PASSWORD=(\S+)")


def complete(store: Store) -> list[str]:
    """Create the missing secrets; return the names of the files that were written."""
    files = {
        **database_files(store.read(DATABASE_PASSWORD) or new_password()),
        **nats_files(nats_passwords(store)),
        **stream_key_files(stream_keys(store) or [new_stream_key()]),
        SETUP_CODE: store.read(SETUP_CODE) or new_setup_code(),
        **{name: store.read(name) for name in GIVEN.values()},
    }
    return write(store, files)


def rotate(store: Store, what: str) -> list[str]:
    """Replace `what`: `postgres`, `nats` or `stream_keys`, whose old keys stay valid."""
    match what:
        case "postgres":
            files = database_files(new_password())
        case "nats":
            files = nats_files({user: new_password() for user in NATS_USERS})
        case _:
            files = stream_key_files([new_stream_key(), *stream_keys(store)])
    return write(store, files)


def forget_old_stream_keys(store: Store) -> list[str]:
    """Keep only the newest key of stream tokens."""
    return write(store, stream_key_files(stream_keys(store)[:1] or [new_stream_key()]))


def database_files(password: str) -> dict[str, str]:
    """Return the files that hold the database's password, the authoritative one first."""
    url = f"postgresql://natter:{password}@postgres:5432/natter"
    return {DATABASE_PASSWORD: password, "web/database_url": url}


def nats_files(passwords: Mapping[str, str]) -> dict[str, str]:
    """Return the files that hold the passwords of NATS's users, the authoritative one first."""
    urls = {user: f"nats://{user}:{passwords[user]}@nats:4222" for user in NATS_USERS}
    lines = [f"NATTER_NATS_{user.upper()}_PASSWORD={passwords[user]}" for user in NATS_USERS]
    return {
        NATS_PASSWORDS: "\n".join(lines),
        **{f"{user}/nats_url": urls[user] for user in ("web", "realtime", "ai")},
        **{f"tools/{user}.env": f"NATS_URL={urls[user]}" for user in ("publisher", "operator")},
    }


def stream_key_files(keys: list[str]) -> dict[str, str]:
    """Return the files that hold the keys of stream tokens, the authoritative one first."""
    return {STREAM_KEYS: json.dumps(keys), STREAM_KEYS_COPY: json.dumps(keys)}


def nats_passwords(store: Store) -> dict[str, str]:
    """Return the password of each user of NATS, with a new one for a user who has none."""
    lines = _NATS_PASSWORD.findall(store.read(NATS_PASSWORDS))
    known = {name.lower(): password for name, password in lines}
    return {user: known.get(user) or new_password() for user in NATS_USERS}


def stream_keys(store: Store) -> list[str]:
    """Return the keys of stream tokens, newest first; an empty list if there are none yet.

    If the authoritative file is empty, its copy is read. Raises `SecretFileError`.
    """
    for name in (STREAM_KEYS, STREAM_KEYS_COPY):
        if text := store.read(name):
            return _read_keys(name, text)
    return []


def _read_keys(name: str, text: str) -> list[str]:
    try:
        keys = json.loads(text)
    except (ValueError, RecursionError):
        keys = None
    if keys and isinstance(keys, list) and all(map(_is_key, keys)):
        return keys
    raise SecretFileError(
        f"The secret {name} is no JSON list of keys: empty it by `docker compose run --rm --no-deps"
        f" --entrypoint truncate secrets -s 0 /secrets/{name}`, and its copy counts, or a new key."
    )


def _is_key(key: object) -> bool:
    return isinstance(key, str) and len(key) >= LEAST_KEY_CHARS


def new_password() -> str:
    """Generate a password that needs no encoding in a URL.

    nats-server reads its own as configuration text: one that begins with a letter is a string.
    """
    return "n" + secrets.token_hex(24)


def new_stream_key() -> str:
    """Generate a key of stream tokens."""
    return secrets.token_urlsafe(32)


def new_setup_code() -> str:
    """Generate the code for the first administrator, of 98 random bits: `k7m2p-…`, four groups."""
    groups = ("".join(secrets.choice(SETUP_CODE_CHARS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def write(store: Store, files: Mapping[str, str]) -> list[str]:
    """Write files in their order; return the names of those that changed."""
    return [name for name, text in files.items() if store.write(name, text)]
