"""The conversation's page, and the form that adds to it."""
