"""The stack as containers, and the checks and secrets that come before the services."""
