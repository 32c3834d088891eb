"""Removes an account with everything that is stored for it, here and on the bus."""
