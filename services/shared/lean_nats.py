"""Imported before nats-py, it has that leave out aiohttp, should another service have installed it.

nats-py loads it for connections over WebSocket, which no service makes: a quarter of a second of
each start, and 8 MB for as long as the service runs.
"""

import sys

# None in the cache of modules is "not found" (Python reference, section 5.3.1).
sys.modules.setdefault("aiohttp", None)  # type: ignore[arg-type]
