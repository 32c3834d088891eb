"""Texts that a person uses again and again."""
