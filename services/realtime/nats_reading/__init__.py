"""The bus as the gateway reads it: what is published now, and what was."""
