"""Attacks on classifiers: algorithms over arrays that see a model through a :class:`surface.Surface` alone.

Those on tables, whose inputs are of many kinds, propose rows and see a model through an :class:`asking.Asker`.
"""
