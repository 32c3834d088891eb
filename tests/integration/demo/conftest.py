"""The demo endpoint, and a client that asks it."""

from tests.support.demo_client import client, origin

__all__ = ["client", "origin"]
