"""Natter: self-hosted, real-time AI chat made of plain HTML."""
