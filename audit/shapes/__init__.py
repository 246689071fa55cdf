"""Shapes: what checks return. Each knows how to slice itself and which interval it has."""
