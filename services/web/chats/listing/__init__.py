"""The list of an account's chats: by date, in pages, and live on every open page."""
