"""All access to OpenAI-compatible endpoints."""
