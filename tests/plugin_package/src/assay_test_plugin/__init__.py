"""A plug-in of assay, as a third party would write it."""
