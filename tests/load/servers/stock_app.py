"""The stock way: Starlette's WebSocket route, a NATS subscription a group, a loop that sends."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import uvicorn
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from services.shared.bus.nats_url import inbox_prefix
from services.shared.bus.subjects import Group, check_group, live_turbo_stream_subject
from services.shared.stream_token import StreamKeys, StreamTokenError

PROTOCOL = "turbo-stream.v1"


class StockSettings(BaseSettings):
    """Its settings."""

    port: int = Field(validation_alias="PORT")
    nats_url: SecretStr = Field(validation_alias="NATS_URL")
    key: SecretStr = Field(validation_alias="KEY")


@dataclass(slots=True)
class StockGateway:
    """The sockets of each group and the group's subscription."""

    keys: StreamKeys
    client: Client = field(default_factory=Client)
    sockets: dict[Group, set[WebSocket]] = field(default_factory=dict)
    subscriptions: dict[Group, Subscription] = field(default_factory=dict)

    async def hold(self, websocket: WebSocket) -> None:
        """Admit a socket, and keep it until its client goes."""
        group = check_group(websocket.path_params["group"])
        offered: list[str] = websocket.scope["subprotocols"]
        try:
            self.keys.verify(offered[-1].removeprefix("t."))
        except StreamTokenError:
            await websocket.close()
            return
        await websocket.accept(PROTOCOL)
        await self._join(group, websocket)
        try:
            async for _ in websocket.iter_text():
                pass
        finally:
            await self._leave(group, websocket)

    async def _join(self, group: Group, websocket: WebSocket) -> None:
        first = group not in self.sockets
        self.sockets.setdefault(group, set()).add(websocket)
        if first:

            async def send(message: Msg) -> None:
                html = message.data.decode()
                for each in list(self.sockets.get(group, ())):
                    with contextlib.suppress(RuntimeError):  # it has just been closed
                        await each.send_text(html)

            subject = live_turbo_stream_subject(group)
            self.subscriptions[group] = await self.client.subscribe(subject, cb=send)

    async def _leave(self, group: Group, websocket: WebSocket) -> None:
        self.sockets[group].discard(websocket)
        if not self.sockets[group]:
            del self.sockets[group]
            await self.subscriptions.pop(group).unsubscribe()


def create_app(settings: StockSettings) -> Starlette:
    """Build the application."""
    gateway = StockGateway(StreamKeys([settings.key.get_secret_value()]))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        url = settings.nats_url.get_secret_value()
        await gateway.client.connect(url, inbox_prefix=inbox_prefix(url))
        yield
        await gateway.client.close()

    route = WebSocketRoute("/ws/turbo_stream/{group}/", gateway.hold)
    return Starlette(routes=[route], lifespan=lifespan)


if __name__ == "__main__":
    settings = StockSettings()
    # Everything else is uvicorn's default; a line for each socket is not what is measured.
    uvicorn.run(create_app(settings), port=settings.port, log_level="warning")
