"""How a page listens to its streams: their position, their address, and tokens for them."""
