"""Images from files, as one array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import DataError


def read_images(paths: npt.NDArray[Any], folder: Path, where: str) -> npt.NDArray[np.uint8]:
    """The images behind ``paths`` (relative to ``folder``), ``(n, height, width, channels)`` of 0 to 255.

    Raises:
        DataError: Pillow is missing, a file is missing or no image, or sizes differ; the message names file and row.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise DataError(f"{where}: reading images needs Pillow: pip install pillow") from error
    found: list[npt.NDArray[np.uint8]] = []
    for row, name in enumerate(paths, 1):
        if not isinstance(name, str):
            raise DataError(f"{where}: expected the path of an image, got {type(name).__name__} in row {row}")
        try:
            with Image.open(folder / name) as image:
                plain = image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")
                pixels = np.asarray(plain, dtype=np.uint8)
        except (OSError, UnidentifiedImageError) as error:
            raise DataError(f"{where}: row {row}: {name!r} cannot be read as an image: {error}") from error
        pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
        if found and pixels.shape != found[0].shape:
            raise DataError(f"{where}: expected images of one size, {found[0].shape}, got {pixels.shape} in row {row}")
        found.append(pixels)
    return np.stack(found)
