"""What is drawn of a traced dust lane."""

import astropy.units as u
import numpy as np
import pytest
from matplotlib.figure import Figure

from clusternet.galaxy import M83, DustLane
from clusternet.images import MultiBandImage
from clusternet.plotting import plot_dust_lane, plot_dust_lane_map


@pytest.fixture
def lane():
    along = np.arange(10) * 0.05
    azimuth = along / 2 * u.rad
    reddening = np.random.default_rng(1).normal(size=(10, 5))
    reddening[3, 2] = np.nan
    return DustLane(M83.sky(np.full(10, 2.02) * u.kpc, azimuth),
                    M83.sky(np.full(10, 2.0) * u.kpc, azimuth), along * u.kpc,
                    np.linspace(-0.1, 0.1, 5) * u.kpc, np.linspace(-0.05, 0.05, 10) * u.kpc,
                    reddening)


def test_lane_and_guess_are_drawn_on_the_image(lane):
    wcs = M83.wcs((300, 300), 1 * u.arcsec)
    image = MultiBandImage(np.random.default_rng(1).normal(size=(2, 300, 300)), ("B", "I"), wcs)
    ax = plot_dust_lane(lane, image, Figure().add_subplot(projection=wcs))
    drawn = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(drawn["lane"].get_xdata(), lane.curve.ra.deg)
    np.testing.assert_allclose(drawn["guess"].get_ydata(), lane.guess.dec.deg)
    x, _ = wcs.world_to_pixel(lane.curve)
    assert ax.get_xlim()[0] < x.min() < x.max() < ax.get_xlim()[1]
    assert np.ptp(ax.get_xlim()) < 300


def test_the_straightened_map_and_the_path(lane):
    ax = Figure().add_subplot()
    drawn = plot_dust_lane_map(lane, ax)
    np.testing.assert_array_equal(np.ma.filled(drawn.get_array(), np.nan), lane.reddening.T)
    assert drawn.get_extent() == pytest.approx([-0.025, 0.475, -0.125, 0.125])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), lane.offset.value)
