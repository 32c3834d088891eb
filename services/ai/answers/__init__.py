"""Answers: asked for, streamed, logged and shown."""
