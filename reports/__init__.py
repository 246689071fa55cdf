"""Documents from a record. Renderers read the record and nothing else: no model, no data, no network."""

from ..audit.outputs import formats, write

__all__ = ["formats", "write"]
