"""How answers end."""
