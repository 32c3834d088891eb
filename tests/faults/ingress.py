"""What stands before web: each request goes to one of its replicas, on a connection that is kept.

It tries nothing again, so that whatever a replica does to a connection is seen.
"""

from dataclasses import dataclass, field
from typing import override

import httpx2

from tests.faults.balancer import Balancer


@dataclass(slots=True)
class Ingress(httpx2.AsyncBaseTransport):
    """Counts the requests, and says of each that failed what became of it."""

    balancer: Balancer
    requests: int = 0
    failures: list[str] = field(default_factory=list)
    _replicas: dict[str, httpx2.AsyncHTTPTransport] = field(default_factory=dict)

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host, port = self.balancer.pick().rsplit(":", 1)
        replica = self._replicas.setdefault(f"{host}:{port}", httpx2.AsyncHTTPTransport())
        request.url = request.url.copy_with(host=host, port=int(port))
        self.requests += 1
        what = f"{request.method} {request.url.path}"
        try:
            response = await replica.handle_async_request(request)
        except httpx2.TransportError as error:
            self.failures.append(f"{what}: {error!r}")
            raise
        if response.status_code >= 400:
            self.failures.append(f"{what}: status {response.status_code}")
        return response

    @override
    async def aclose(self) -> None:
        for replica in self._replicas.values():
            await replica.aclose()
