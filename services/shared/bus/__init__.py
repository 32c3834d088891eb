"""The bus: its connection, its subjects and streams, and what is said on them."""
