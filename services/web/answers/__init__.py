"""Answers: asking for them, their order in a chat, their jobs, and their results."""
