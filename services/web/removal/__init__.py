"""Removes accounts with everything that is stored for them, and what has expired."""
