"""Corruptions of images against their definitions, scipy, the standard library and Pillow."""

from __future__ import annotations

import colorsys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from assay.checks.image_corruptions import CORRUPTIONS, corrupted
from assay.checks.image_fields import Images, boxes, clouds, disc, filtered, line, sampled, smooth, zoomed

GREY = np.full((40, 32, 32, 1), 0.5, dtype=np.float32)


def images(*shape: int) -> Images:
    return np.random.default_rng(1).random(shape).astype(np.float32)


def after(name: str, x: Images, severity: int = 3) -> Images:
    return corrupted(x, name, severity, np.random.default_rng(2))


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (3, 9, 14, 2), (2, 32, 32, 3), (2, 40, 33, 4)])
def test_any_size_and_number_of_channels(name: str, shape: tuple[int, ...]) -> None:
    if CORRUPTIONS[name].colour and shape[-1] < 3:
        return
    x = images(*shape)
    kept = x.copy()
    assert after(name, x, 0) is x
    for severity in range(1, 6):
        found = after(name, x, severity)
        assert found.shape == x.shape and found.dtype == np.float32
        assert found.min() >= 0 and found.max() <= 1
        assert not np.array_equal(found, x)
        assert np.array_equal(found, after(name, x, severity))
    assert np.array_equal(x, kept)


def test_noise_has_the_stated_deviation_before_it_is_clipped() -> None:
    noise = CORRUPTIONS["gaussian_noise"]
    for severity, deviation in enumerate((0.04, 0.06, 0.08, 0.09, 0.10), 1):
        constants = noise.constants(severity, 32)
        found = noise.change(GREY, constants, np.random.default_rng(3)) - GREY
        assert found.std() == pytest.approx(deviation, rel=0.02)  # 40,960 values: standard error 0.35 %
    black = np.zeros_like(GREY)
    assert after("gaussian_noise", black, 5).std() < 0.1 * 0.7  # clipping takes one side


def test_shot_noise_has_the_variance_of_counts() -> None:
    found = CORRUPTIONS["shot_noise"].change(GREY, np.array([50.0]), np.random.default_rng(3))
    assert found.mean() == pytest.approx(0.5, rel=0.01)
    assert found.var() == pytest.approx(0.5 / 50, rel=0.03)


def test_impulse_noise_and_missing_pixels_hit_the_stated_share() -> None:
    found = after("impulse_noise", GREY, 5)
    assert np.mean(found == 0) == pytest.approx(0.035, abs=0.003)
    assert np.mean(found == 1) == pytest.approx(0.035, abs=0.003)
    colour = np.repeat(GREY, 3, axis=-1)
    gone = after("missing_pixels", colour, 5) == 0
    assert gone.mean() == pytest.approx(0.5, abs=0.01)
    assert (gone.all(axis=-1) == gone.any(axis=-1)).all()


def test_constants_are_those_of_both_sizes_and_lie_between() -> None:
    noise, blur = CORRUPTIONS["gaussian_noise"], CORRUPTIONS["gaussian_blur"]
    assert [noise.constants(3, side)[0] for side in (8, 32, 224, 448)] == pytest.approx([0.08, 0.08, 0.18, 0.18])
    assert 0.08 < noise.constants(3, 64)[0] < 0.18
    assert [blur.constants(5, side)[0] for side in (32, 224, 448)] == pytest.approx([1, 6, 12])


def test_blurs_are_those_of_scipy() -> None:
    x = images(2, 32, 32, 3)
    expected = ndimage.gaussian_filter(x, (0, 0.7, 0.7, 0), mode="nearest")
    assert after("gaussian_blur", x) == pytest.approx(expected, abs=1e-6)
    kernel = disc(1.7)
    expected = ndimage.convolve(x, kernel[None, :, :, None], mode="nearest")
    assert filtered(x, kernel) == pytest.approx(expected, abs=1e-5)


def test_filters_are_what_they_are_named_after() -> None:
    for kernel in (disc(0.6), disc(3), line(5, 0.3), line(2, 0)):
        assert kernel.sum() == pytest.approx(1)
        assert kernel == pytest.approx(kernel[::-1, ::-1])
    assert line(4, 0)[3] == pytest.approx(line(4, 0).sum(axis=0))  # horizontal: one row holds it all
    big = disc(20)
    assert np.count_nonzero(big) / big.max() * big.max() == pytest.approx(np.pi * 20**2, rel=0.1)


def test_values_between_pixels_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    x, (down, right) = images(3, 10, 12, 2), rng.uniform(-4, 4, (2, 3, 10, 12))
    found = sampled(x, down, right)
    rows, columns = np.mgrid[:10, :12]
    for n in range(3):
        for c in range(2):
            places = [rows + down[n], columns + right[n]]
            expected = ndimage.map_coordinates(x[n, :, :, c], places, order=1, mode="nearest")
            assert found[n, :, :, c] == pytest.approx(expected, abs=1e-6)


def test_colours_are_those_of_the_standard_library() -> None:
    x = images(2, 8, 8, 3)
    brighter, faded = after("brightness", x, 5), after("saturate", x, 2)
    for before, bright, fade in zip(x.reshape(-1, 3), brighter.reshape(-1, 3), faded.reshape(-1, 3), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*map(float, before))
        assert bright == pytest.approx(colorsys.hsv_to_rgb(h, s, min(v + 0.3, 1)), abs=1e-5)
        assert fade == pytest.approx(colorsys.hsv_to_rgb(h, s * 0.1, v), abs=1e-5)
    grey = np.repeat(images(2, 8, 8, 1), 3, axis=-1)
    assert after("saturate", grey, 5) == pytest.approx(grey, abs=1e-6)


def test_contrast_keeps_the_mean_and_takes_from_the_spread() -> None:
    x = images(4, 16, 16, 3)
    found = after("contrast", x, 3)
    assert found.mean(axis=(1, 2)) == pytest.approx(x.mean(axis=(1, 2)), abs=1e-6)
    assert found.std(axis=(1, 2)) == pytest.approx(0.4 * x.std(axis=(1, 2)), rel=1e-4)


def test_pixels_are_those_of_pillow_where_the_grid_divides_the_size() -> None:
    x = images(1, 32, 24, 1)
    small = Image.fromarray(x[0, :, :, 0]).resize((6, 16), Image.Resampling.BOX)
    assert boxes(32, 16) @ x[0, :, :, 0] @ boxes(24, 6).T == pytest.approx(np.asarray(small), abs=1e-5)
    assert boxes(32, 20).sum(axis=1) == pytest.approx(np.ones(20))
    assert after("pixelate", x).mean() == pytest.approx(x.mean(), abs=1e-6)


def test_jpeg_is_that_of_pillow() -> None:
    x = (np.rint(images(1, 16, 16, 3) * 255) / 255).astype(np.float32)
    stream = BytesIO()
    Image.fromarray(np.rint(x[0] * 255).astype(np.uint8)).save(stream, "JPEG", quality=58)
    assert after("jpeg", x)[0] * 255 == pytest.approx(np.asarray(Image.open(stream)).astype(float), abs=1e-3)


def test_geometry_moves_by_the_stated_amount() -> None:
    slope = np.broadcast_to(np.linspace(0, 1, 101)[:, None, None], (30, 101, 101, 1)).astype(np.float32)
    inner = np.s_[:, 40:61, 40:61, 0]
    moved = (after("translation", slope, 1)[inner] - slope[inner]).mean(axis=(1, 2)) * 100
    assert np.abs(moved).max() <= 3.03 + 1e-3 and np.abs(moved).max() > 2.5
    turned = after("rotation", slope, 3)
    drop = (turned[:, 50, 60, 0] - turned[:, 50, 40, 0]) * 100
    assert np.abs(drop) == pytest.approx(20 * np.sin(np.deg2rad(15)), abs=0.05)
    assert {-1, 1} == set(np.sign(drop))


def test_a_zoom_of_one_is_the_image_and_more_enlarges_about_the_middle() -> None:
    assert zoomed(9, 1.0) == pytest.approx(np.eye(9))
    assert zoomed(9, 2.0) @ np.arange(9.0) == pytest.approx(np.arange(9) / 2 + 2)


def test_fields() -> None:
    rng = np.random.default_rng(5)
    assert smooth(3, 16, 16, 2.0, rng).std(axis=(1, 2)) == pytest.approx(np.ones(3))
    field = clouds((3, 64, 64), 3.0, rng)
    assert field.min(axis=(1, 2)) == pytest.approx(np.zeros(3)) and field.max() == pytest.approx(1)
    rough = clouds((3, 64, 64), 0.5, rng)
    assert np.abs(np.diff(field, axis=1)).mean() < np.abs(np.diff(rough, axis=1)).mean() / 3
