"""Messages beside others: what was asked anew, and which of them the chat shows."""
