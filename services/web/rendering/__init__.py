"""Templates, the markdown in them, and the built front end."""
