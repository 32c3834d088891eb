"""Requests to an endpoint: written, sent, and sent again."""
