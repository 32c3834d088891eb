"""Messages of a chat: its page, its forms, and the versions of a message."""
