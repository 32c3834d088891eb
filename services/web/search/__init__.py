"""Search over the titles and texts of an account's chats."""
