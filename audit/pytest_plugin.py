"""pytest plug-in (being written)."""
