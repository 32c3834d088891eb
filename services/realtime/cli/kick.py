"""`natter kick`: close the open sockets of a user or a group, and perhaps revoke their tokens."""

import argparse
import asyncio
import time

import nats.errors
from pydantic import ValidationError

from services.shared.bus.command_line import connected
from services.shared.bus.command_settings import OperatorSettings
from services.shared.bus.connection import Bus
from services.shared.bus.errors import PublishRefusedError
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import REVOKE_SUBJECT
from services.shared.process.command_line import CommandError, refused, say

CONFIRM_SECONDS = 5
NOT_STORED = "not stored: a gateway that is starting, or has lost NATS, does not learn of it"


def kick(options: argparse.Namespace) -> None:
    """Ask every gateway to close the sockets; none reports which it closed."""
    revocation = _revocation(options)
    is_stored = asyncio.run(_ask(revocation))
    say(_summary(revocation))
    if not (is_stored or revocation.come_back):
        say(NOT_STORED)


def _revocation(options: argparse.Namespace) -> Revocation:
    if options.user is None and options.group is None:
        raise refused("name a user, a group or both")
    try:
        return Revocation(
            user=options.user,
            group=options.group,
            at=time.time(),
            come_back=not options.revoke,
        )
    except ValidationError as error:
        raise refused("a user is 1 to 128 visible ASCII characters without spaces") from error


async def _ask(revocation: Revocation) -> bool:
    """Publish; return whether the stream has it, for gateways that do not listen now."""
    async with connected(OperatorSettings, name="natter-kick") as bus:
        try:
            is_stored = await _publish(bus, revocation)
            await _until_read(bus)
        except (nats.errors.Error, TimeoutError) as error:
            raise CommandError("no answer from NATS: it may not have been asked") from error
    return is_stored


async def _publish(bus: Bus, revocation: Revocation) -> bool:
    """Publish once: without a stream there is no ack, but gateways that listen have it."""
    payload = revocation.model_dump_json().encode()
    if revocation.come_back:
        await bus.client.publish(REVOKE_SUBJECT, payload)
        return False
    try:
        await bus.acks.publish(REVOKE_SUBJECT, {}, payload)
    except (PublishRefusedError, nats.errors.TimeoutError, nats.errors.NoRespondersError):
        return False
    return True


async def _until_read(bus: Bus) -> None:
    """Wait until the server has read what was sent, or raise `CommandError` where it refused."""
    # nats-py writes the first ping ahead of what it has buffered.
    await bus.client.flush(CONFIRM_SECONDS)
    await bus.client.flush(CONFIRM_SECONDS)
    if bus.client.last_error is not None:
        raise CommandError("NATS lets this user send nobody away: `operator` may")


def _summary(revocation: Revocation) -> str:
    whose = f"of user {revocation.user}" if revocation.user is not None else "of everybody"
    where = f"in {revocation.group}" if revocation.group is not None else "in every group"
    then = (
        "they may come back at once"
        if revocation.come_back
        else "tokens issued until now are refused"
    )
    return f"asked the gateways to close the sockets {whose} {where}; {then}"
