"""Figures as hand-made SVG: small, searchable, the same bytes every time, each with its text alternative."""
