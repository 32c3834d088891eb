"""The original's stack: a Channels consumer in the Redis channel layer; daphne serves it."""

# mypy: disable-error-code="import-not-found, import-untyped, misc"
# Django and Channels are in an environment of their own.

import os
from typing import Any, override

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

REDIS: str = os.environ["REDIS_URL"]  # noqa: TID251 - Django's settings are made right here

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [REDIS]},
        }
    },
)
django.setup()


class TurboStreamConsumer(AsyncWebsocketConsumer):
    """Sends on what the group is sent."""

    groups: list[str]

    @override
    async def connect(self) -> None:
        self.group = self.scope["url_route"]["kwargs"]["group"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    @override
    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def turbo_stream(self, event: dict[str, Any]) -> None:
        """Send one publication."""
        await self.send(text_data=event["html"])


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [re_path(r"^ws/turbo_stream/(?P<group>\w+)/$", TurboStreamConsumer.as_asgi())]
        )
    }
)
