"""Makes hostile text harmless: reserved characters, the allow-lists, and the sanitiser."""
