"""Limits: how often something may happen, counted in PostgreSQL for all processes together."""
