"""Settings that hold for the whole suite."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("assay", deadline=None)  # a slow machine is not a bug
settings.load_profile("assay")
