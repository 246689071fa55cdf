"""Proofs that no change within a ball moves a decision: distances to the nearest other decision, exact or bounded.

Everything here is pure: arrays in, arrays out. ``points`` are the inputs that may be moved, ``(n, m)``; ``scale`` ``(m,)``
says what one unit of eps is in each of them, so that a change ``delta`` has the size ``norm(delta / scale)``.
"""
