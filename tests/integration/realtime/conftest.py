"""Gateways with settings of a test's own, and the `natter` command."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.support.shell import natter, shell
from tests.support.stack import realtime_settings, serving_gateway

__all__ = ["natter", "shell"]

type GatewayWith = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def gateway_with(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> GatewayWith:
    """Serve a gateway with these settings; it gives its address."""

    def serve(**settings: object) -> AbstractAsyncContextManager[str]:
        return serving_gateway(realtime_settings(nats_server, **settings))

    return serve
