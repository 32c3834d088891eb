"""Plain ASGI middleware, one file each."""
