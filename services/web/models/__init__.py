"""Models: which there are, which one answers a chat, and how it is asked."""
