"""Which answer of a chat is written next, and what its worker is told."""
