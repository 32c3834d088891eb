"""The one door to OpenAI-compatible endpoints."""
