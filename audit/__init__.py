"""The machine: from a model and data to a record.

>>> from assay import audit
>>> record = audit.run(model, audit.Dataset(frame, target="y", sensitive=["sex"]), "audit.toml")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import Dataset
    from .errors import (
        AssayError,
        CheckDefinitionError,
        DataError,
        InputError,
        ModelError,
        NotAssessed,
        OutputError,
        PlanError,
        RecordError,
        RegistryError,
    )
    from .export import export_evaluate
    from .model import Model
    from .plan import Plan
    from .record import Record, load
    from .registry import check, checks
    from .runner import run
    from .shapes.binned import CalibrationError
    from .shapes.calibration import Recalibration
    from .shapes.compare import Comparison, Difference, LargestDifference, Ratio
    from .shapes.confusion import Confusion, Functional
    from .shapes.doubts import Doubts
    from .shapes.figures import Curve, Table
    from .shapes.ranking import Ranking
    from .shapes.rates import Average, Proportion
    from .shapes.rows import Mean, Outcomes, Paired

# Imported on first use: `import assay.audit` stays quick, and so does every run of pytest beside our plug-in.
_HOME = {
    "Dataset": "data",
    "Model": "model",
    "Plan": "plan",
    "Record": "record",
    "load": "record",
    "check": "registry",
    "checks": "registry",
    "export_evaluate": "export",
    "run": "runner",
    "CalibrationError": "shapes.binned",
    "Recalibration": "shapes.calibration",
    **dict.fromkeys(("Comparison", "Difference", "LargestDifference", "Ratio"), "shapes.compare"),
    **dict.fromkeys(("Confusion", "Functional"), "shapes.confusion"),
    "Doubts": "shapes.doubts",
    **dict.fromkeys(("Curve", "Table"), "shapes.figures"),
    "Ranking": "shapes.ranking",
    **dict.fromkeys(("Average", "Proportion"), "shapes.rates"),
    **dict.fromkeys(("Mean", "Outcomes", "Paired"), "shapes.rows"),
    **dict.fromkeys(
        (
            "AssayError",
            "CheckDefinitionError",
            "DataError",
            "InputError",
            "ModelError",
            "NotAssessed",
            "OutputError",
            "PlanError",
            "RecordError",
            "RegistryError",
        ),
        "errors",
    ),
}

__all__ = [
    "AssayError",
    "Average",
    "CalibrationError",
    "CheckDefinitionError",
    "Comparison",
    "Confusion",
    "Curve",
    "DataError",
    "Dataset",
    "Difference",
    "Doubts",
    "Functional",
    "InputError",
    "LargestDifference",
    "Mean",
    "Model",
    "ModelError",
    "NotAssessed",
    "Outcomes",
    "OutputError",
    "Paired",
    "Plan",
    "PlanError",
    "Proportion",
    "Ranking",
    "Ratio",
    "Recalibration",
    "Record",
    "RecordError",
    "RegistryError",
    "Table",
    "check",
    "checks",
    "export_evaluate",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
