"""Geometry of a disc on the sky, against what can be worked out by hand."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from clusternet.galaxy import M83, Galaxy

offsets = st.floats(-400, 400)
angles = st.floats(0, 360)


def disc(inclination, position_angle):
    return Galaxy("disc", SkyCoord(10 * u.deg, 20 * u.deg), 1 * u.Mpc, inclination * u.deg,
                  position_angle * u.deg)


def test_m83_is_where_it_is():
    assert M83.centre.to_string("hmsdms", precision=2) == "13h37m00.95s -29d51m55.50s"
    assert M83.parsecs_per_arcsec == pytest.approx(21.8, abs=0.02)
    assert M83.distance.to_value(u.Mpc) == 4.5


@given(offsets, offsets, angles)
def test_face_on_radii_are_those_on_the_sky(east, north, position_angle):
    radius, _ = disc(0, position_angle).deproject(east, north)
    assert radius == pytest.approx(np.hypot(east, north), abs=1e-9)


@given(st.floats(0.01, 400), angles, st.floats(0, 85), angles)
def test_deprojection_undoes_projection(radius, azimuth, inclination, position_angle):
    # A point of the disc at this azimuth from the major axis, tilted, then turned on the sky.
    azimuth, pa = np.radians([azimuth, position_angle])
    major = radius * np.cos(azimuth)
    minor = radius * np.sin(azimuth) * np.cos(np.radians(inclination))
    north = major * np.cos(pa) - minor * np.sin(pa)
    east = major * np.sin(pa) + minor * np.cos(pa)
    found, angle = disc(inclination, position_angle).deproject(east, north)
    assert found == pytest.approx(radius)
    assert np.cos(angle - azimuth) == pytest.approx(1)


@pytest.mark.parametrize(("east", "north", "expected"), [(0, 10, 10), (10, 0, 20), (-10, 0, 20)])
def test_the_minor_axis_is_stretched_by_the_inclination(east, north, expected):
    # Position angle 0: the major axis runs north; cos 60 deg = 1/2.
    assert disc(60, 0).deproject(east, north)[0] == pytest.approx(expected)


def test_the_position_angle_runs_from_north_through_east():
    radius, azimuth = disc(60, 90).deproject([10, -10, 0], [0, 0, 5])
    np.testing.assert_allclose(radius, [10, 10, 10])
    np.testing.assert_allclose(np.abs(azimuth), [0, np.pi, np.pi / 2], atol=1e-12)


@pytest.mark.parametrize("shape", [(100, 80), (101, 81)])
def test_the_centre_is_in_the_middle_of_the_image(shape):
    wcs = M83.wcs(shape, 0.0396 * u.arcsec)
    middle = wcs.pixel_to_world((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    assert middle.separation(M83.centre) < 1e-6 * u.arcsec


def test_north_is_up_and_east_is_left():
    wcs = M83.wcs((100, 100), 0.0396 * u.arcsec)
    here, left, up = (wcs.pixel_to_world(*at) for at in ((49.5, 49.5), (39.5, 49.5), (49.5, 59.5)))
    assert left.ra > here.ra
    assert up.dec > here.dec
    for other in (left, up):
        assert here.separation(other).arcsec == pytest.approx(0.396, rel=1e-6)


@given(st.floats(-0.5, 11_999.5), st.floats(-0.5, 11_999.5))
def test_places_round_trip_through_the_sky(x, y):
    wcs = M83.wcs((12_000, 12_000), 0.0396 * u.arcsec)
    assert wcs.world_to_pixel(wcs.pixel_to_world(x, y)) == pytest.approx((x, y), abs=1e-6)
