"""The page of one's own account: password, sessions, deletion."""
