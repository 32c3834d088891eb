import io
import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.compose import secrets_command
from deploy.compose.secret_files import (
    GIVEN,
    NATS_USERS,
    READERS,
    complete,
    forget_old_stream_keys,
    new_password,
    new_setup_code,
    rotate,
)
from deploy.compose.secret_store import Store

FILES = {
    *GIVEN.values(),
    "ai/nats_url",
    "nats/nats.env",
    "postgres/postgres_password",
    "realtime/nats_url",
    "realtime/stream_keys",
    "tools/operator.env",
    "tools/publisher.env",
    "web/database_url",
    "web/nats_url",
    "web/setup_code",
    "web/stream_keys",
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "secrets", READERS)
    with store.locked():
        complete(store)
    return store


def contents(store: Store) -> dict[str, str]:
    return {
        str(path.relative_to(store.root)): path.read_text()
        for path in sorted(store.root.rglob("*"))
        if path.is_file()
    }


def command(store: Store, *arguments: str, given: bytes = b"") -> str:
    (store.root.parent / "volumes").mkdir(exist_ok=True)
    return secrets_command.main(arguments, store.root.parent, io.BytesIO(given))


def passwords(store: Store) -> Mapping[str, str]:
    lines = store.read("nats/nats.env").splitlines()
    found = [re.fullmatch(r"NATTER_NATS_([A-Z]+)_PASSWORD=(.*)", line) for line in lines]
    return {match[1].lower(): match[2] for match in found if match}


def test_every_file_is_made_once_and_with_secrets_of_its_own(store: Store, tmp_path: Path) -> None:
    before = contents(store)
    assert before.keys() == FILES
    assert complete(store) == []
    assert contents(store) == before
    other = Store(tmp_path / "other", READERS)
    with other.locked():
        complete(other)
    same = {name for name, text in contents(other).items() if text == before[name]}
    assert same == set(GIVEN.values())


def test_all_that_hold_a_secret_hold_the_same(store: Store) -> None:
    database = urlsplit(store.read("web/database_url"))
    assert database.password == store.read("postgres/postgres_password")
    assert database.geturl().endswith("@postgres:5432/natter")
    assert store.read("web/stream_keys") == store.read("realtime/stream_keys")
    files = [f"{name}/nats_url" for name in ("web", "realtime", "ai")]
    files += [f"tools/{user}.env" for user in ("publisher", "operator")]
    urls = [urlsplit(store.read(file).removeprefix("NATS_URL=")) for file in files]
    assert {url.username or "": url.password for url in urls} == dict(passwords(store))
    assert set(passwords(store)) == set(NATS_USERS)


def test_a_password_needs_no_escape_in_a_url_nor_in_the_configuration_of_nats() -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{31,}", new_password())


def test_a_key_of_stream_tokens_is_long_enough(store: Store) -> None:
    (key,) = json.loads(store.read("web/stream_keys"))
    assert len(key) >= 32


def test_a_setup_code_is_typed_without_doubt_and_cannot_be_guessed(store: Store) -> None:
    codes = {new_setup_code() for _ in range(100)} | {store.read("web/setup_code")}
    assert len(codes) == 101
    assert all(re.fullmatch(r"[2-9a-hjkmnp-tv-z]{5}(-[2-9a-hjkmnp-tv-z]{5}){3}", c) for c in codes)


def test_only_their_owner_may_read_them(store: Store) -> None:
    for path in store.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o400 if path.is_file() else 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_each_reader_owns_its_folder_and_what_is_in_it(store: Store) -> None:
    for path in store.root.rglob("*"):
        reader = path.relative_to(store.root).parts[0]
        assert path.stat().st_uid == READERS[reader] == path.stat().st_gid


def test_a_folder_that_came_back_with_other_rights_is_put_right(store: Store) -> None:
    path = store.root / "web" / "nats_url"
    path.chmod(0o644)
    path.parent.chmod(0o755)
    with store.locked():
        assert complete(store) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


class KilledError(Exception):
    pass


@pytest.mark.parametrize("what", ["", "postgres", "nats", "stream_keys"])
def test_what_a_kill_left_half_done_is_completed(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    authoritative = {
        "postgres/postgres_password",
        "nats/nats.env",
        "realtime/stream_keys",
        "web/setup_code",
    }
    for last in range(len(FILES)):
        store = Store(tmp_path / str(last), READERS)
        with store.locked():
            if what:
                complete(store)
            die_after(last, monkeypatch)
            with suppress(KilledError):
                rotate(store, what) if what else complete(store)
            monkeypatch.undo()
            before = contents(store)
            completed = set(complete(store))
        assert completed.isdisjoint(authoritative & before.keys()), last
        test_all_that_hold_a_secret_hold_the_same(store)
        assert set(contents(store)) == FILES, last


def die_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process end in the write that follows these, its file not yet in place."""
    left = [writes]
    replace = Path.replace

    def replacing(path: Path, target: Path) -> Path:
        if not left[0]:
            raise KilledError
        left[0] -= 1
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replacing)


CHANGED = {
    "postgres": {"postgres/postgres_password", "web/database_url"},
    "nats": {name for name in FILES if name.startswith(("nats/", "tools/")) or "nats_url" in name}
    - set(GIVEN.values()),
    "stream_keys": {"web/stream_keys", "realtime/stream_keys"},
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_rotation_changes_what_it_says_and_nothing_else(store: Store, what: str) -> None:
    before, users = contents(store), passwords(store)
    assert command(store, "rotate", what) == ""
    changed = {name for name, text in contents(store).items() if text != before[name]}
    assert changed == CHANGED[what]
    kept = {user for user, password in passwords(store).items() if users[user] == password}
    assert kept == (set() if what == "nats" else users.keys())
    test_all_that_hold_a_secret_hold_the_same(store)


def test_a_new_stream_key_comes_first_and_the_others_stay_until_they_are_forgotten(
    store: Store,
) -> None:
    (first,) = json.loads(store.read("web/stream_keys"))
    rotate(store, "stream_keys")
    rotate(store, "stream_keys")
    third, second, kept = json.loads(store.read("web/stream_keys"))
    assert kept == first
    assert len({first, second, third}) == 3
    forget_old_stream_keys(store)
    assert json.loads(store.read("realtime/stream_keys")) == [third]


def test_a_user_who_is_new_gets_a_password_and_the_others_keep_theirs(store: Store) -> None:
    before = passwords(store)
    lines = store.read("nats/nats.env").splitlines()
    store.write("nats/nats.env", "\n".join(line for line in lines if "_AI_" not in line))
    complete(store)
    after = passwords(store)
    assert after["ai"] != before["ai"]
    assert {**after, "ai": ""} == {**before, "ai": ""}


NO_KEYS = [
    b"\xff\xfe",
    b'["abc',
    b'"a string of more than thirty-two characters"',
    b'["a key that is too short"]',
    b'["a key of more than thirty-two characters", 7]',
    b'{"a key of more than thirty-two characters": 1}',
    b"[]",
    b"7",
]


@pytest.mark.parametrize("arguments", [(), ("rotate", "stream_keys"), ("forget-old-stream-keys",)])
def test_a_damaged_file_of_keys_is_named_in_one_sentence_and_kept(
    store: Store, arguments: tuple[str, ...]
) -> None:
    for content in NO_KEYS:
        overwrite(store, "realtime/stream_keys", content)
        said = command(store, *arguments)
        assert re.fullmatch(r"The secret realtime/stream_keys is no [^\n]*\.", said), content
        assert (store.root / "realtime/stream_keys").read_bytes() == content


@pytest.mark.parametrize("name", ["postgres/postgres_password", "nats/nats.env", *GIVEN.values()])
def test_any_secret_that_is_no_text_is_named(store: Store, name: str) -> None:
    overwrite(store, name, b"\xff\xfe")
    assert command(store) == f"The secret {name} is no text in UTF-8."


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"other"])
def test_a_damaged_copy_is_written_again(store: Store, content: bytes) -> None:
    for name in ("web/stream_keys", "web/database_url", "ai/nats_url"):
        overwrite(store, name, content)
    assert command(store) == ""
    test_all_that_hold_a_secret_hold_the_same(store)


def test_keys_whose_file_is_empty_come_back_from_their_copy(store: Store) -> None:
    before = store.read("web/stream_keys")
    overwrite(store, "realtime/stream_keys", b"")
    assert command(store) == ""
    assert store.read("realtime/stream_keys") == before == store.read("web/stream_keys")


def test_keys_are_forgotten_where_there_are_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "secrets", READERS)
    assert command(store, "forget-old-stream-keys") == ""
    test_a_key_of_stream_tokens_is_long_enough(store)


def overwrite(store: Store, name: str, content: bytes) -> None:
    path = store.root / name
    path.unlink()
    path.write_bytes(content)


def test_a_key_of_a_persons_own_is_taken_over_and_away(store: Store) -> None:
    assert command(store, "set", "openai_api_key", given=b"sk-some-key\r\n") == ""
    assert store.read("ai/openai_api_key") == "sk-some-key"
    complete(store)
    assert store.read("ai/openai_api_key") == "sk-some-key"
    command(store, "set", "openai_api_key", given=b"")
    assert (store.root / "ai/openai_api_key").read_text() == ""


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *((name, given) for name in GIVEN for given in (b"\xff\xfe", b"x" * (1024 * 1024 + 1))),
        ("openai_api_key", b"sk-one\nsk-two"),
        ("openai_api_key", "sk-ключ".encode()),
        ("ai_connections", b"sk-some-key"),
        ("ai_connections", b'{"local": {"base_url": "http://x"'),
        ("ai_connections", b'["sk-some-key"]'),
        ("ai_connections", b'{"local": "sk-some-key"}'),
        ("ai_connections", b"[" * 200_000),
    ],
)
def test_what_ai_could_not_read_is_refused_and_takes_nothing_away(
    store: Store, name: str, given: bytes
) -> None:
    store.write(GIVEN[name], "it works")
    before = contents(store)
    with pytest.raises(SystemExit) as refused:
        command(store, "set", name, given=given)
    said = str(refused.value)
    assert said.startswith(f"What was given as {name} is ")
    assert said.endswith(": nothing was changed.")
    assert "sk-" not in said
    assert contents(store) == before


@pytest.mark.parametrize(
    "name", ["database_url", "nats_url_web", "nats_url_realtime", "nats_url_ai"]
)
def test_an_address_of_a_persons_own_stays_beside_the_one_that_is_made(
    store: Store, name: str
) -> None:
    before = contents(store)
    address = "scheme://natter:password@db.example.org:1234/natter"
    assert command(store, "set", name, given=address.encode()) == ""
    assert command(store, "rotate", "postgres") == ""
    assert store.read(GIVEN[name]) == address
    changed = {file for file, text in contents(store).items() if text != before[file]}
    assert changed == {GIVEN[name], "postgres/postgres_password", "web/database_url"}


def test_endpoints_are_taken_over(store: Store) -> None:
    given = '{"local": {"base_url": "http://127.0.0.1:11434/v1", "api_key": "ключ"}}'
    assert command(store, "set", "ai_connections", given=f"{given}\n".encode()) == ""
    assert store.read("ai/ai_connections") == given


@pytest.mark.parametrize(
    "arguments",
    [("set",), ("set", "postgres_password"), ("rotate",), ("rotate", "openai_api_key"), ("help",)],
)
def test_other_arguments_are_answered_with_the_usage_and_change_nothing(
    store: Store, arguments: tuple[str, ...]
) -> None:
    before = contents(store)
    assert command(store, *arguments) == secrets_command.USAGE
    assert contents(store) == before


def test_no_secret_is_printed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    command(store)
    for what in ("postgres", "nats", "stream_keys"):
        command(store, "rotate", what)
    command(store, "set", "openai_api_key", given=b"sk-some-key")
    printed = capsys.readouterr().out
    words = set(passwords(store).values()) | set(json.loads(store.read("web/stream_keys")))
    words |= {store.read("postgres/postgres_password"), store.read("web/setup_code")}
    words |= {"sk-some-key"}
    assert printed.startswith("nothing was missing\nwritten: ")
    assert not any(word in printed for word in words)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_volumes_of_data_get_their_owner_once(store: Store, tmp_path: Path) -> None:
    for name in ("nats", "postgres", "proxy-data"):
        (tmp_path / "volumes" / name).mkdir(parents=True)
    command(store)
    owners = {path.name: path.stat().st_uid for path in (tmp_path / "volumes").iterdir()}
    assert owners == {"nats": 10001, "postgres": 999, "proxy-data": 10001}
    assert secrets_command.hand_over_volumes(tmp_path / "volumes") == []
