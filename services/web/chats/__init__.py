"""The chats of an account."""
