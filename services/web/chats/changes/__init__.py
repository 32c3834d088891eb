"""How a person keeps chats in order: title, pin, archive, deletion, and what was read."""
