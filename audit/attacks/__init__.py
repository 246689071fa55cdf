"""Attacks on classifiers: algorithms over arrays that see a model through a :class:`surface.Surface` alone."""
