"""Refuses requests for unknown host names."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from services.shared.process.health import PROBES
from services.shared.process.metrics import METRICS_PATH
from services.web.middleware.base_path import own_path

UNNAMED: Final = PROBES | {METRICS_PATH}


class TrustedHosts:
    """ASGI middleware that answers only requests for `allowed`, and probes for any host.

    A kubelet uses the pod's address. `/metrics` has its own list.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app = app
        self._by_name = TrustedHostMiddleware(app, allowed_hosts=allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_probe = scope["type"] == "http" and own_path(scope) in UNNAMED
        await (self._app if is_probe else self._by_name)(scope, receive, send)
