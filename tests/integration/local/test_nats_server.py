import json
import os
import signal
import socket
import stat
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from deploy.local.nats_server import USERS, NatsServer, nats_binary, running_nats
from deploy.local.process import StartError
from tests.integration.local.launching import wait_until
from tests.support.waiting import DEADLINE_SECONDS


async def _connect(server: NatsServer, user: str) -> Client:
    return await nats.connect(server.url(user), inbox_prefix=f"_INBOX_{user}".encode())


def _answer_to_a_stranger(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(b"CONNECT {}\r\nPING\r\n")
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


async def test_it_keeps_streams_and_passwords_from_one_start_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    with running_nats(folder) as server:
        client = await _connect(server, "web")
        jetstream = client.jetstream()
        await jetstream.add_stream(name="TURBO_STREAM", subjects=["turbo_stream.*"])
        await jetstream.publish("turbo_stream.chat_1", b"kept")
        await client.close()
    with running_nats(folder) as again:
        assert again.passwords == server.passwords
        client = await _connect(again, "web")
        kept = await client.jetstream().get_msg("TURBO_STREAM", 1)
        assert kept.data == b"kept"
        await client.close()


async def test_every_user_gets_in_and_nobody_without_a_password(tmp_path: Path) -> None:
    with running_nats(tmp_path) as server:
        for user in USERS:
            client = await _connect(server, user)
            await client.close()
        assert "Authorization Violation" in _answer_to_a_stranger(server.port)


def test_only_the_owner_may_read_passwords_and_streams(tmp_path: Path) -> None:
    folder = tmp_path / "nats"
    with running_nats(folder) as server:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "passwords.json").stat().st_mode) == 0o600
    assert len(set(server.passwords.values())) == len(USERS)
    assert min(map(len, server.passwords.values())) >= 32


def test_passwords_that_cannot_be_read_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text('{"web": "n')
    with running_nats(tmp_path) as server:
        assert json.loads((tmp_path / "passwords.json").read_text()) == server.passwords


def test_it_ends_in_order_and_takes_the_given_port(tmp_path: Path) -> None:
    with running_nats(tmp_path) as first:
        port = first.port
    assert first.child.exit_code == 0
    with running_nats(tmp_path, port=port) as second:
        assert second.port == port


def test_a_server_left_behind_is_ended_first(tmp_path: Path) -> None:
    with running_nats(tmp_path) as first, running_nats(tmp_path, port=first.port) as second:
        wait_until(lambda: first.child.exit_code is not None, lambda: "the first has ended")
        assert second.port == first.port


def test_a_process_that_only_has_the_number_of_one_left_behind_is_spared(tmp_path: Path) -> None:
    (tmp_path / "nats-server.pid").write_text(str(os.getpid()))
    caught: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: caught.append(number))
    try:
        with running_nats(tmp_path):
            assert caught == []
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_port_that_is_taken_is_the_reason_it_gives(tmp_path: Path) -> None:
    with (
        running_nats(tmp_path / "one") as one,
        pytest.raises(StartError, match="address already in use"),
        running_nats(tmp_path / "two", port=one.port),
    ):
        pass


def test_an_installed_server_is_used_only_if_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "nats-server"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for version, used in (("2.10.29", False), ("2.11.0", True), ("2.9.1", False), ("x", False)):
        installed.write_text(f"#!/bin/sh\necho 'nats-server: v{version}'\n")
        installed.chmod(0o755)
        assert (nats_binary() == installed) is used
