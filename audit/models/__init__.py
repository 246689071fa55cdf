"""Model wrappers, one file per kind of model; they reach the machine through the ``assay.models`` entry points."""
