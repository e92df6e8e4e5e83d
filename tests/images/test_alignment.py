"""Bands on other pixel grids: refused, or brought onto the first with their fluxes."""

import numpy as np
import pytest

from clusternet.images import MultiBandImage, alignment
from clusternet.images.alignment import grid_offset, on_grid, shifted_wcs


def star_field(wcs, shape, sky, flux, sigma):
    """Stars as Gaussians of a given width in degrees; flux per pixel."""
    data = np.zeros(shape)
    scale = abs(np.linalg.det(wcs.wcs.cd)) ** 0.5
    y, x = np.mgrid[: shape[0], : shape[1]]
    width = sigma / scale
    for x0, y0 in zip(*wcs.world_to_pixel(sky), strict=True):
        profile = np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * width**2))
        data += flux * profile / (2 * np.pi * width**2)
    return data.astype(np.float32)


def test_offset_is_that_of_the_pixels_farthest_apart(make_wcs):
    wcs = make_wcs()
    assert grid_offset(wcs, wcs, (80, 100)) < 1e-6
    assert np.isclose(grid_offset(wcs, shifted_wcs(wcs, -3, 4, (80, 100)), (80, 100)), 5)
    assert grid_offset(wcs, make_wcs(angle=0.01), (80, 100)) == pytest.approx(0.636, abs=0.01)
    assert grid_offset(wcs, make_wcs(centre=(24.25, 29.87)), (80, 100)) == np.inf


def test_bands_of_other_sky_are_refused(write_band, pixels, make_wcs):
    files = {
        "F336W": write_band("a.fits", pixels[0]),
        "F438W": write_band("b.fits", pixels[1], make_wcs(crpix=(53.5, 44.5))),
    }
    with pytest.raises(ValueError, match=r"band F438W does not fit band F336W: .*up to 5 px apart"
                                         r".*pass align=True"):
        MultiBandImage.read(files)
    assert MultiBandImage.read(files, max_offset=6).bands == ("F336W", "F438W")


def test_bands_of_other_size_are_refused(write_band, pixels):
    files = {
        "F336W": write_band("a.fits", pixels[0]),
        "F438W": write_band("b.fits", pixels[1][:70, :90]),
    }
    with pytest.raises(ValueError, match=r"F438W does not fit .*it has 90 x 70 px .x, y., F336W "
                                         r"has 100 x 80; pass align=True"):
        MultiBandImage.read(files)
    image = MultiBandImage.read(files, align=True)
    assert np.allclose(image.data[1, :70, :90], pixels[1][:70, :90], atol=1e-4)
    assert image.mask[1, 71:].all()
    assert image.meta["sources"]["F438W"]["reprojected"]
    assert not image.meta["sources"]["F336W"]["reprojected"]


def test_bands_without_common_sky(write_band, pixels, make_wcs):
    files = {
        "F336W": write_band("a.fits", pixels[0]),
        "F438W": write_band("b.fits", pixels[1], make_wcs(centre=(24.25, 29.87))),
    }
    with pytest.raises(ValueError, match="F438W does not fit band F336W: they have no sky in comm"):
        MultiBandImage.read(files)
    with pytest.raises(ValueError, match=r"b\.fits\) has no sky in common with band F336W"):
        MultiBandImage.read(files, align=True)
    files["F438W"] = write_band("c.fits", pixels[1], make_wcs(centre=(204.35, -29.87)))
    with pytest.raises(ValueError, match="has no sky in common with band F336W"):
        MultiBandImage.read(files, align=True)


@pytest.mark.parametrize(("scale", "angle"), [(1.0, 0.3), (1.5, 0.0), (0.6, -0.7)])
def test_reprojection_keeps_fluxes_and_positions(write_band, make_wcs, scale, angle):
    reference = make_wcs()
    other = make_wcs(1.1e-5 * scale, angle, crpix=(83.2, 88.7))
    sky = reference.pixel_to_world([30.0, 60.3, 80.1], [30.4, 50.0, 20.2])
    sigma = 2.5 * 1.1e-5
    expected = star_field(reference, (80, 100), sky, 100, sigma)
    files = {
        "F336W": write_band("a.fits", expected, reference),
        "F438W": write_band("b.fits", star_field(other, (170, 180), sky, 100, sigma), other),
    }
    image = MultiBandImage.read(files, align=True)
    aligned = image.filled()[1]
    assert aligned.sum() == pytest.approx(300, rel=2e-3)
    y, x = np.mgrid[:80, :100]
    for axis in (x, y):
        assert np.sum(axis * aligned) / aligned.sum() == pytest.approx(
            np.sum(axis * expected) / expected.sum(), abs=0.02
        )


def test_bad_pixels_and_borders_of_a_reprojected_band_are_masked(write_band, pixels, make_wcs):
    holed = pixels[1].copy()
    holed[20, 30] = np.nan
    files = {
        "F336W": write_band("a.fits", pixels[0]),
        "F438W": write_band("b.fits", holed, make_wcs(crpix=(40.0, 40.0))),
    }
    image = MultiBandImage.read(files, align=True)
    assert image.mask[1, 20, 41]  # 10.5 px to the right, half a pixel up
    assert image.mask[1, :, :10].all()
    assert not image.mask[1, 1:-1, 42:].any()
    assert not image.mask[0].any()


def test_tiles_of_a_reprojection_do_not_show(make_wcs, pixels, monkeypatch):
    reference, other = make_wcs(), make_wcs(1.3e-5, 0.2)
    whole = on_grid(pixels[0], other, reference, (80, 100))
    monkeypatch.setattr(alignment, "REPROJECTION_TILE", 17)
    assert np.allclose(on_grid(pixels[0], other, reference, (80, 100)), whole,
                       atol=1e-5, equal_nan=True)
