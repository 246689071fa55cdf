"""Entry points: the one way by which checks, model wrappers and renderers reach the machine.

Built-in and third-party ones arrive alike. A broken plug-in is an error that names its
distribution; two plug-ins of one name are an error too.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .errors import RegistryError, nearest


@cache
def found(group: str) -> dict[str, EntryPoint]:
    """Entry points of ``group`` by name.

    Raises:
        RegistryError: two distributions claim one name.
    """
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        first = points.setdefault(point.name, point)
        if first.value != point.value:
            raise RegistryError(
                f"two plug-ins claim {point.name!r} in {group}: {first.value} of {_origin(first)} "
                f"and {point.value} of {_origin(point)}"
            )
    return dict(sorted(points.items()))


def names(group: str) -> list[str]:
    """Names in ``group``, sorted; nothing is imported."""
    return list(found(group))


def plugin(group: str, name: str) -> Any:
    """Import the object behind ``name``.

    Raises:
        RegistryError: unknown name, or the import fails.
    """
    points = found(group)
    if name not in points:
        raise RegistryError(f"no {name!r} among {group}{nearest(name, points)}")
    point = points[name]
    try:
        return point.load()
    except Exception as error:
        raise RegistryError(
            f"plug-in {name!r} ({point.value}, from {_origin(point)}) cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"
