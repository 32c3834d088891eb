"""Invitations: each lets one person make an account."""
