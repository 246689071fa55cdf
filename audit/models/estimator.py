"""scikit-learn estimators and pipelines, and anything else with ``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ..errors import ModelError
from ..opening import from_skops, unpickled
from ..plan import ModelTable
from .tables import matched


class EstimatorModel:
    """An object with ``predict`` and perhaps ``predict_proba`` and ``classes_``, used as it is, never refitted.

    Inputs are matched by name where the estimator remembers names (``feature_names_in_``), not by position.
    """

    rank: ClassVar[int] = 50
    live: ClassVar[bool] = True
    offers: ClassVar[tuple[str, ...]] = ("predict", "predict_proba")
    about: ClassVar[str] = (
        "scikit-learn estimators and pipelines; any object with predict(x); opens .skops, and trusted .pkl and .joblib files"
    )

    def __init__(self, thing: Any, table: ModelTable) -> None:
        """Take the estimator; ``predict_proba``, logits and gradients exist here only if they exist there."""
        self.thing = thing
        if hasattr(thing, "classes_"):
            self.classes_ = list(thing.classes_)
        if hasattr(thing, "predict_proba"):
            self.predict_proba = self._predict_proba
        for name in ("logits", "loss_gradient", "pullback"):
            if callable(getattr(thing, name, None)):
                setattr(self, name, getattr(thing, name))

    @classmethod
    def accepts(cls, thing: Any) -> bool:
        """Objects (not classes) with ``predict``."""
        return callable(getattr(thing, "predict", None)) and not isinstance(thing, type)

    @classmethod
    def opens(cls, path: Path) -> bool:
        """Files of skops, and pickles if the audit file vouches for them."""
        return path.suffix in (".skops", ".pkl", ".pickle", ".joblib")

    @classmethod
    def open(cls, path: Path, table: ModelTable, factory: Any) -> Any:
        """The object in the file."""
        return from_skops(path, table.trust) if path.suffix == ".skops" else unpickled(path, table.trust)

    def predict(self, x: Any) -> Any:
        """Labels as the estimator gives them."""
        return self.thing.predict(self._named(x))

    def _predict_proba(self, x: Any) -> Any:
        return self.thing.predict_proba(self._named(x))

    def _named(self, x: Any) -> Any:
        names = getattr(self.thing, "feature_names_in_", None)
        if names is None or not hasattr(x, "columns"):
            return x
        missing = [str(name) for name in names if name not in x.columns]
        if not missing:
            return x[list(names)]
        try:
            return matched(x, [str(name) for name in names])  # LightGBM puts _ for blanks
        except ModelError:
            listed = ", ".join(map(repr, missing))
            raise ModelError(f"model: it was fitted with columns that the data lack: {listed}") from None
