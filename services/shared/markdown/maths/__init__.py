"""Formulas: how they are found in source, and their MathML."""
