"""Random fields and resampling of many images at once. Images are ``(n, height, width, channels)``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..audit.slices import FloatArray

Images = npt.NDArray[np.float32]


def sampled(x: Images, down: FloatArray, right: FloatArray) -> Images:
    """Bilinear values ``down`` and ``right`` of each pixel, in pixels, ``(n or 1, height, width)``; edges go on."""
    n, height, width = x.shape[:3]
    rows = np.clip(np.arange(height)[:, None] + down, 0, height - 1)
    columns = np.clip(np.arange(width) + right, 0, width - 1)
    top, left = np.floor(rows).astype(np.intp), np.floor(columns).astype(np.intp)
    below, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    v, h = ((a - b).astype(np.float32)[..., None] for a, b in ((rows, top), (columns, left)))
    at = np.arange(n)[:, None, None]
    upper = x[at, top, left] * (1 - h) + x[at, top, beside] * h
    lower = x[at, below, left] * (1 - h) + x[at, below, beside] * h
    return np.asarray(upper * (1 - v) + lower * v, dtype=np.float32)


def grid(height: int, width: int) -> tuple[FloatArray, FloatArray]:
    """How far each pixel lies below and to the right of the centre, ``(height, 1)`` and ``(width,)``."""
    down, right = (np.arange(size, dtype=np.float64) - (size - 1) / 2 for size in (height, width))
    return down[:, None], right


def smooth(n: int, height: int, width: int, length: float, rng: np.random.Generator) -> FloatArray:
    """Gaussian fields ``(n, height, width)`` of standard deviation 1, correlated over ``length`` pixels."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(rng.normal(size=(n, height, width)), length, axes=(1, 2), mode="wrap")
    return np.asarray(noise / np.maximum(noise.std(axis=(1, 2), keepdims=True), 1e-12))


def clouds(shape: tuple[int, ...], steepness: float, rng: np.random.Generator) -> FloatArray:
    """Fractal fields in [0, 1], ``(n, height, width)``: the amplitude of a wave falls with its frequency to this power."""
    n, height, width = shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf  # no constant
    waves = np.fft.rfft2(rng.normal(size=(n, height, width))) * frequency**-steepness
    field = np.fft.irfft2(waves, (height, width))
    low, high = field.min(axis=(1, 2), keepdims=True), field.max(axis=(1, 2), keepdims=True)
    return np.asarray((field - low) / np.maximum(high - low, 1e-12))


def boxes(size: int, parts: int) -> FloatArray:
    """Shares ``(parts, size)`` of a line of ``size`` pixels cut into equal parts: each part is a mean of pixels."""
    edges = np.linspace(0, size, parts + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(overlap, 0) * parts / size)


def disc(radius: float) -> FloatArray:
    """A disc as a filter that sums to 1: the share of each pixel that it covers, by 9 by 9 points of the pixel."""
    reach = int(np.ceil(radius))
    fine = (np.arange((2 * reach + 1) * 9) - 4) / 9 - reach
    inside = (fine[:, None] ** 2 + fine**2 <= radius**2).astype(float)
    kernel = inside.reshape(2 * reach + 1, 9, 2 * reach + 1, 9).mean(axis=(1, 3))
    return np.asarray(kernel / kernel.sum())


def line(length: float, angle: float) -> FloatArray:
    """A line through the middle as a filter that sums to 1: points half a pixel apart or less, shared out bilinearly."""
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for step in np.linspace(-length / 2, length / 2, 2 * int(np.ceil(length)) + 1):
        down, right = reach + step * np.sin(angle), reach + step * np.cos(angle)
        top, left = int(down), int(right)
        v, h = down - top, right - left
        kernel[top : top + 2, left : left + 2] += np.outer([1 - v, v], [1 - h, h])
    return np.asarray(kernel / kernel.sum())


def filtered(x: Images, kernel: FloatArray) -> Images:
    """Convolved with a filter of odd size; edges go on."""
    from scipy.signal import oaconvolve

    reach = len(kernel) // 2
    wider = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    return np.asarray(oaconvolve(wider, kernel[None, :, :, None].astype(x.dtype), mode="valid", axes=(1, 2)))


def along(x: Images, matrix: FloatArray, axis: int) -> Images:
    """``matrix`` applied to the lines along one axis."""
    return np.asarray(np.moveaxis(np.tensordot(matrix.astype(x.dtype), x, (1, axis)), 0, axis))


def zoomed(size: int, factor: float) -> FloatArray:
    """A line of ``size`` pixels enlarged about its middle, ``(size, size)``; linear between pixels."""
    middle = (size - 1) / 2
    place = (np.arange(size) - middle) / factor + middle
    return np.asarray(np.maximum(1 - np.abs(place[:, None] - np.arange(size)), 0))
