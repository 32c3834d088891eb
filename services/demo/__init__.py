"""An OpenAI-compatible endpoint for trying Natter without a key, and for tests."""
