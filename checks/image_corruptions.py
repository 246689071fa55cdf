"""Corruptions of images that happen in practice, at five severities, for images of any size.

Definitions follow Hendrycks & Dietterich (2019), arXiv:1903.12261, where they have the corruption. A constant is theirs
for 32 pixels (CIFAR-10-C) and 224 pixels (ImageNet-C) where they give both, and ours otherwise; between these sizes
of the shorter side it is interpolated in the logarithm of the size, below 32 it is that of 32, and above 224 lengths grow
with the size. Glass, motion blur, fog and frost are procedures of ours in place of ImageMagick and photographs. So the numbers
cannot be held against published ones for CIFAR-10-C or ImageNet-C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from ..audit.slices import FloatArray
from .image_fields import Images, along, boxes, clouds, disc, filtered, grid, line, sampled, smooth, zoomed

Change = Callable[[Images, FloatArray, np.random.Generator], Any]
"""Of images in [0, 1], the constants of a severity and a generator; the result may leave [0, 1]."""

SMALL, LARGE = 32, 224


@dataclass(frozen=True)
class Corruption:
    """``small`` and ``large``: constants of severity 1 to 5 at 32 and 224 pixels, ``(5,)`` or ``(5, k)``."""

    family: str
    change: Change
    small: FloatArray
    large: FloatArray
    is_length: bool = False
    colour: bool = False
    """Whether it is about colours, so that it needs three channels."""

    def constants(self, severity: int, side: int) -> FloatArray:
        """Of a severity from 1 to 5, for images whose shorter side has so many pixels."""
        share = np.clip(np.log(side / SMALL) / np.log(LARGE / SMALL), 0, 1)
        found = self.small[severity - 1] * (1 - share) + self.large[severity - 1] * share
        return np.atleast_1d(found * max(side / LARGE, 1) if self.is_length else found)


CORRUPTIONS: dict[str, Corruption] = {}


def corrupted(x: Images, name: str, severity: int, rng: np.random.Generator) -> Images:
    """Images in [0, 1] with this corruption, in [0, 1] again; severity 0 is the images themselves."""
    if severity == 0:
        return x
    one = CORRUPTIONS[name]
    found = one.change(x, one.constants(severity, min(x.shape[1:3])), rng)
    return np.asarray(np.clip(found, 0, 1), dtype=np.float32)


def _corruption(
    family: str,
    small: list[object],
    large: list[object] | None = None,
    *,
    is_length: bool = False,
    colour: bool = False,
) -> Callable[[Change], Change]:
    """Put a change into :data:`CORRUPTIONS` under its name."""

    def add(change: Change) -> Change:
        at = [np.array(given, dtype=float) for given in (small, large or small)]
        CORRUPTIONS[change.__name__] = Corruption(family, change, at[0], at[1], is_length, colour)
        return change

    return add


@_corruption("noise", [0.04, 0.06, 0.08, 0.09, 0.10], [0.08, 0.12, 0.18, 0.26, 0.38])
def gaussian_noise(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Of this standard deviation, where the range of values is 1."""
    return x + rng.normal(0, c[0], x.shape)


@_corruption("noise", [500, 250, 100, 75, 50], [60, 25, 12, 5, 3])
def shot_noise(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Poisson counts of so many photons at full brightness."""
    return rng.poisson(x * c[0]) / c[0]


@_corruption("noise", [0.01, 0.02, 0.03, 0.05, 0.07], [0.03, 0.06, 0.09, 0.17, 0.27])
def impulse_noise(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """A share of the values at the lowest or highest possible value, salt and pepper."""
    u = rng.random(x.shape)
    return np.where(u < c[0] / 2, 0.0, np.where(u < c[0], 1.0, x))


@_corruption("noise", [0.06, 0.1, 0.12, 0.16, 0.2], [0.15, 0.2, 0.35, 0.45, 0.6])
def speckle_noise(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Gaussian noise in proportion to the value."""
    return x + x * rng.normal(0, c[0], x.shape)


@_corruption("noise", [0.05, 0.1, 0.2, 0.3, 0.5])
def missing_pixels(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """A share of the pixels at the lowest possible value in all channels."""
    return np.where(rng.random((*x.shape[:3], 1)) < c[0], 0.0, x)


@_corruption("blur", [0.4, 0.6, 0.7, 0.8, 1], [1, 2, 3, 4, 6], is_length=True)
def gaussian_blur(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """By a Gaussian of this standard deviation in pixels."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(x, c[0], axes=(1, 2), mode="nearest"))


@_corruption("blur", [0.6, 0.8, 1, 1.5, 2], [3, 4, 6, 8, 10], is_length=True)
def defocus_blur(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """By a disc of this radius in pixels."""
    return filtered(x, disc(c[0]))


@_corruption("blur", [2, 3, 4, 5, 6], [10, 15, 20, 25, 30], is_length=True)
def motion_blur(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Mean along a line of this length in pixels, within 45 degrees of the horizontal."""
    angles = rng.uniform(-np.pi / 4, np.pi / 4, len(x))
    return np.concatenate([filtered(x[k : k + 1], line(c[0], angle)) for k, angle in enumerate(angles)])


@_corruption("blur", [1.06, 1.11, 1.16, 1.21, 1.26], [1.11, 1.16, 1.21, 1.26, 1.31])
def zoom_blur(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Mean over zooms of 1 to this factor, in steps of about 0.01."""
    factors = np.linspace(1, c[0], round((c[0] - 1) / 0.01) + 1)
    return sum(along(along(x, zoomed(x.shape[1], f), 1), zoomed(x.shape[2], f), 2) for f in factors) / len(factors)


@_corruption("blur", [0.7, 0.9, 1.1, 1.4, 1.8], [1, 2, 2.5, 3, 4], is_length=True)
def glass_blur(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Each pixel takes the value of one that is at most so many pixels away in each direction."""
    down, right = np.rint(rng.uniform(-c[0], c[0], (2, *x.shape[:3])))
    return sampled(x, down, right)


@_corruption("light", [0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05])
def contrast(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Differences from the mean of each channel of an image, times this."""
    mean = x.mean(axis=(1, 2), keepdims=True)
    return (x - mean) * c[0] + mean


@_corruption("light", [0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5])
def brightness(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Added to the value of hue, saturation and value; to each channel where there are no colours."""
    if x.shape[-1] < 3:
        return x + c[0]
    top = x[..., :3].max(axis=-1, keepdims=True)
    raised = np.clip(top + c[0], 0, 1)
    ratio = np.divide(raised, top, out=np.zeros_like(top), where=top > 0)
    colours = np.where(top > 0, x[..., :3] * ratio, raised)
    return np.concatenate([colours, x[..., 3:]], axis=-1)


@_corruption(
    "light",
    [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)],
    [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)],
    colour=True,
)
def saturate(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Saturation times the first constant plus the second; greys, which have no hue, stay grey."""
    colours = x[..., :3]
    top, bottom = colours.max(axis=-1, keepdims=True), colours.min(axis=-1, keepdims=True)
    saturation = np.divide(top - bottom, top, out=np.zeros_like(top), where=top > 0)
    wanted = np.clip(saturation * c[0] + c[1], 0, 1)
    ratio = np.divide(wanted, saturation, out=np.zeros_like(top), where=saturation > 0)
    return np.concatenate([top - (top - colours) * ratio, x[..., 3:]], axis=-1)


@_corruption(
    "weather",
    [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)],
    [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)],
)
def fog(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Clouds of this density, whose detail falls by the second constant when the scale is halved."""
    top = x.max(axis=(1, 2, 3), keepdims=True)
    veil = clouds(x.shape[:3], 1 + np.log2(c[1]), rng)[..., None]
    return (x + c[0] * veil) * top / (top + c[0])


@_corruption(
    "weather",
    [(1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)],
    [(1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)],
)
def frost(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """The image times the first constant, plus bright veins times the second."""
    veins = 1 - np.abs(2 * clouds(x.shape[:3], 1.5, rng) - 1)
    return c[0] * x + c[1] * veins[..., None] ** 4


@_corruption("digital", [0.95, 0.9, 0.85, 0.75, 0.65], [0.6, 0.5, 0.4, 0.3, 0.25])
def pixelate(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Averaged over a grid with this share of the pixels per side, and back to the size by the same rule."""
    for axis in (1, 2):
        size = x.shape[axis]
        parts = max(int(size * c[0]), 1)
        x = along(x, boxes(parts, size) @ boxes(size, parts), axis)
    return x


@_corruption("digital", [80, 65, 58, 50, 40], [25, 18, 15, 10, 7])
def jpeg(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """JPEG of this quality; channels that are no red, green and blue are compressed one by one."""
    bytes_ = np.rint(x * 255).astype(np.uint8)
    groups = [slice(0, 3), *(slice(k, k + 1) for k in range(3, x.shape[-1]))] if x.shape[-1] > 2 else None
    parts = groups or [slice(k, k + 1) for k in range(x.shape[-1])]
    found = [np.stack([_through_jpeg(image[..., part], int(c[0])) for image in bytes_]) for part in parts]
    return np.concatenate(found, axis=-1) / 255.0


def _through_jpeg(image: object, quality: int) -> FloatArray:
    from PIL import Image

    pixels = np.asarray(image)
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels)).save(
        stream, "JPEG", quality=quality
    )
    with Image.open(stream) as back:
        return np.asarray(back, dtype=float).reshape(pixels.shape)


@_corruption("geometry", [0.015, 0.025, 0.035, 0.05, 0.065])
def elastic(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Pixels moved by smooth random fields of this standard deviation, as a share of the side, correlated over a tenth."""
    n, height, width = x.shape[:3]
    side = min(height, width)
    down, right = (c[0] * side * smooth(n, height, width, max(side / 10, 1), rng) for _ in range(2))
    return sampled(x, down, right)


@_corruption("geometry", [0.03, 0.06, 0.1, 0.15, 0.2])
def translation(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Moved by this share of the shorter side in a random direction; the edge goes on."""
    angle = rng.uniform(0, 2 * np.pi, (len(x), 1, 1))
    far, still = c[0] * min(x.shape[1:3]), np.zeros((1, *x.shape[1:3]))
    return sampled(x, still + far * np.sin(angle), still + far * np.cos(angle))


@_corruption("geometry", [5, 10, 15, 20, 30])
def rotation(x: Images, c: FloatArray, rng: np.random.Generator) -> Any:
    """Turned by so many degrees to either side; the edge goes on."""
    angle = np.deg2rad(c[0]) * rng.choice([-1, 1], (len(x), 1, 1))
    down, right = grid(*x.shape[1:3])
    return sampled(
        x,
        down * (np.cos(angle) - 1) + right * np.sin(angle),
        right * (np.cos(angle) - 1) - down * np.sin(angle),
    )
