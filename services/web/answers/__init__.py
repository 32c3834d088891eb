"""Answers: asked for, written in turn, stopped and ended."""
