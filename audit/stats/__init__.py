"""Interval functions: pure functions of arrays, each with the paper that it comes from."""
