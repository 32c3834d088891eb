"""Accounts, and the guard for signed-in requests."""
