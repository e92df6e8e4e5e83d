"""Distances from spiral arms, against closed forms for logarithmic spirals."""

from dataclasses import replace

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from regions import LineSkyRegion, PolygonSkyRegion, Regions, TextSkyRegion

from clusternet.galaxy import M83, GalaxyStructure, LogarithmicSpiral, SpiralArms, fit_logarithmic

few = settings(max_examples=15)
RADII = (1.5 * u.kpc, 5 * u.kpc)
galaxies = st.builds(
    lambda i, pa, turn: replace(M83, inclination=i * u.deg, position_angle=pa * u.deg,
                                rotation=turn),
    st.floats(0, 45), st.floats(0, 360), st.sampled_from([1, -1]))
spirals = st.builds(
    lambda phi, pitch: LogarithmicSpiral(2 * u.kpc, phi * u.deg, pitch * u.deg, RADII),
    st.floats(0, 360), st.floats(10, 30) | st.floats(-30, -10))


def on_spiral(spiral, radius):
    """x, y in the disc (x along the major axis), and the direction in which azimuth grows."""
    phi = spiral.azimuth(radius * u.kpc).value
    tan = np.tan(spiral.pitch.to_value(u.rad))
    place = radius * np.array([np.cos(phi), np.sin(phi)])
    along = tan * place + radius * np.array([-np.sin(phi), np.cos(phi)])
    return place, along


def sky(galaxy, place, deprojected):
    radius, azimuth = np.hypot(*place) * u.kpc, np.arctan2(place[1], place[0]) * u.rad
    return galaxy.sky(radius, azimuth, deprojected=deprojected)


@few
@given(galaxies, spirals, st.floats(2, 4), st.floats(-0.3, 0.3), st.booleans())
def test_shortest_distance_is_that_along_the_normal(galaxy, spiral, radius, away, deprojected):
    place, along = on_spiral(spiral, radius)
    if not deprojected:
        squeeze = np.array([1, np.cos(galaxy.inclination.to_value(u.rad))])
        place, along = place * squeeze, along * squeeze
    normal = np.array([along[1], -along[0]]) / np.hypot(*along)
    # The leading side is that to which the galaxy turns.
    ahead = galaxy.rotation * np.sign(normal @ np.array([-place[1], place[0]]))
    at = sky(galaxy, place + away * normal, deprojected)
    found = SpiralArms([spiral], galaxy).distance(at, deprojected=deprojected).value
    assert abs(found - ahead * away) < 1e-6


@few
@given(galaxies, spirals, st.floats(1.51, 4.99), st.floats(-2.5, 2.5))
def test_azimuthal_distance_is_the_arc(galaxy, spiral, radius, turn):
    phi = spiral.azimuth(radius * u.kpc)
    at = galaxy.sky(radius * u.kpc, phi + turn * u.rad)
    found = SpiralArms([spiral], galaxy).azimuthal_distance(at).value
    assert abs(found - galaxy.rotation * turn * radius) < 1e-6


def arms_of(galaxy=M83, n=2, pitch=15):
    return SpiralArms([LogarithmicSpiral(2 * u.kpc, k * 360 / n * u.deg, pitch * u.deg, RADII)
                       for k in range(n)], galaxy)


@few
@given(galaxies, st.floats(1.6, 4.9), st.floats(0, 360))
def test_the_nearest_arm_is_the_one_with_the_shortest_distance(galaxy, radius, phi):
    arms = arms_of(galaxy, 3)
    at = galaxy.sky(radius * u.kpc, phi * u.deg)
    one_by_one = [SpiralArms([curve], galaxy).distance(at).value for curve in arms.curves]
    nearest = np.argmin(np.abs(one_by_one))
    runner_up = np.sort(np.abs(one_by_one))[1]
    assume(runner_up - abs(one_by_one[nearest]) > 1e-6)
    assert arms.nearest(at) == nearest
    assert arms.distance(at).value == pytest.approx(one_by_one[nearest], abs=1e-6)


@pytest.mark.parametrize("pitch", [15, -15])
def test_what_rotates_onwards_leads(pitch):
    for galaxy in (M83, replace(M83, rotation=1)):
        arms = arms_of(galaxy, pitch=pitch)
        azimuth = LogarithmicSpiral(2 * u.kpc, 0 * u.deg, pitch * u.deg, RADII).azimuth(3 * u.kpc)
        ahead = galaxy.sky(3 * u.kpc, azimuth + galaxy.rotation * 5 * u.deg)
        behind = galaxy.sky(3 * u.kpc, azimuth - galaxy.rotation * 5 * u.deg)
        for distance in (arms.distance, arms.azimuthal_distance):
            assert distance(ahead) > 0 * u.kpc > distance(behind)
        # The order in which a curve is drawn does not matter.
        backwards = SpiralArms([curve[::-1] for curve in arms.curves], galaxy)
        assert backwards.distance(ahead).value == pytest.approx(arms.distance(ahead).value)


def test_the_leading_side_of_m83s_arms_is_the_outer_one():
    # Trailing arms wind outwards against the sense of rotation: what leads is on their convex side.
    arms = arms_of()
    spiral = LogarithmicSpiral(2 * u.kpc, 0 * u.deg, 15 * u.deg, RADII)
    azimuth = spiral.azimuth(3 * u.kpc)
    assert arms.distance(M83.sky(3.1 * u.kpc, azimuth)) > 0
    assert arms.distance(M83.sky(2.9 * u.kpc, azimuth)) < 0


def line(*places):
    """Points on the sky from (x, y) in kpc along and across the major axis of a face-on M83."""
    galaxy = replace(M83, inclination=0 * u.deg)
    x, y = np.array(places, dtype=float).T
    return galaxy, galaxy.sky(np.hypot(x, y) * u.kpc, np.arctan2(y, x) * u.rad)


def distances(curve, *places):
    galaxy, at = line(*places)
    return SpiralArms([line(*curve)[1]], galaxy).distance(at).value


def test_straight_lines_corners_and_ends():
    # Outwards along x, with a step; clockwise rotation leads to negative y.
    curve = [(1, 0), (2, 0), (2, 1), (4, 1)]
    found = distances(curve, (1.5, 0.2), (1.5, -0.2), (2.3, -0.4), (0, 0.3), (5, 0), (5, 2), (3, 1))
    np.testing.assert_allclose(
        found, [-0.2, 0.2, 0.5, -np.hypot(1, 0.3), np.sqrt(2), -np.sqrt(2), 0], atol=1e-9)


def test_wiggles_do_not_change_sides():
    # The middle piece runs inwards.
    curve = [(1, 0), (3, 0), (2.5, 0.2), (2.6, 0.4), (5, 0.4)]
    assert distances(curve, (2.7, 0.3))[0] != 0
    assert (distances(curve, (2, 0.1), (4, 0.5)) < 0).all()
    assert (distances(curve, (2, -0.1), (4, 0.3)) > 0).all()


def test_points_given_twice_do_not_matter():
    once = distances([(1, 0), (2, 0), (4, 1)], (2, 0.5), (3, 0), (0.5, 0.1))
    twice = distances([(1, 0), (1, 0), (2, 0), (2, 0), (4, 1), (4, 1)], (2, 0.5), (3, 0),
                      (0.5, 0.1))
    np.testing.assert_allclose(once, twice, atol=1e-12)


def test_azimuthal_distance_off_the_arms_is_nan_and_wiggles_count():
    galaxy, curve = line((1, 0), (3, 0), (2, 1), (5, 1))
    arms = SpiralArms([curve], galaxy)
    _, at = line((0.5, 0), (6, 0), (2.5, -0.5), (2, 1.2))
    found = arms.azimuthal_distance(at).value
    assert np.isnan(found[:2]).all()
    assert found[2] > 0
    radius, inner = np.hypot(2, 1.2), np.arctan2(1.2, 2)
    # The circle crosses the first, inward and last pieces; the nearest crossing is that on the
    # last or the inward one, whose places follow from their straight lines.
    outer = np.arctan2(1, np.sqrt(radius**2 - 1))
    assert found[3] == pytest.approx(-(inner - outer) * radius, abs=1e-5)


def test_positions_without_numbers_and_of_any_shape():
    arms = arms_of()
    at = M83.sky(np.array([[2.0, 3.0]]) * u.kpc, np.zeros((1, 2)) * u.rad)
    unknown = SkyCoord([np.nan, 204.2] * u.deg, [-29.8, -29.8] * u.deg)
    assert arms.distance(at).shape == arms.nearest(at).shape == (1, 2)
    assert arms.distance(at[0, 0]).shape == ()
    assert arms.distance(at[:0]).shape == (0, 2)
    assert np.isnan(arms.distance(unknown)).tolist() == [True, False]
    assert arms.nearest(unknown).tolist()[0] == -1
    assert np.isnan(arms.azimuthal_distance(unknown))[0]
    assert not arms.inside(unknown, 9 * u.kpc, 9 * u.kpc)[0]


@pytest.mark.parametrize("deprojected", [False, True])
def test_polygons_hold_what_is_inside(deprojected):
    arms = arms_of(replace(M83, inclination=40 * u.deg))
    rng = np.random.default_rng(2)
    at = arms.galaxy.sky(rng.uniform(0.5, 6, 1000) * u.kpc, rng.uniform(0, 7, 1000) * u.rad)
    widths = 0.5 * u.kpc, 200 * u.pc
    inside = arms.inside(at, *widths, deprojected=deprojected)
    wcs = arms.galaxy.wcs((2000, 2000), 0.4 * u.arcsec)
    polygons = arms.regions(*widths, deprojected=deprojected)
    drawn = np.any([polygon.contains(at, wcs) for polygon in polygons], axis=0)
    distance = arms.distance(at, deprojected=deprojected).value
    clear = np.minimum(abs(distance - 0.5), abs(distance + 0.2)) > 0.01
    assert 0.1 < inside.mean() < 0.9
    np.testing.assert_array_equal(inside[clear], drawn[clear])
    between = arms.inter_arm_region(4 * u.kpc, *widths, deprojected=deprojected).contains(at, wcs)
    radius = arms.galaxy.polar(at)[0].to_value(u.kpc)
    clear &= abs(radius - 4) > 0.01
    np.testing.assert_array_equal(between[clear], ((radius < 4) & ~inside)[clear])


def test_the_polygon_of_a_sharp_bend_has_no_loops():
    galaxy, curve = line((1, 0), (2, 0), (2, 1), (3, 1))
    arms = SpiralArms([curve], galaxy)
    polygon = arms.regions(0.3 * u.kpc, 0.3 * u.kpc)[0]
    _, at = line((1.85, 0.15), (2.15, 0.85), (1.5, 0.5), (2.5, 0.5), (1.2, 0.2))
    wcs = galaxy.wcs((900, 900), 0.5 * u.arcsec)
    assert polygon.contains(at, wcs).tolist() == [True, True, False, False, True]


def test_masks_of_pixels():
    arms = arms_of()
    wcs = M83.wcs((150, 150), 4 * u.arcsec)
    mask = arms.inter_arm_region(4 * u.kpc, 0.4 * u.kpc, 0.2 * u.kpc).to_pixel(wcs).to_mask()
    image = mask.to_image((150, 150)) > 0
    y, x = np.mgrid[:150, :150]
    at = wcs.pixel_to_world(x, y)
    expected = ((M83.polar(at)[0] < 4 * u.kpc)
                & ~arms.inside(at, 0.4 * u.kpc, 0.2 * u.kpc))
    assert (image == expected).mean() > 0.999


@few
@given(galaxies, spirals)
def test_fits_return_the_spiral(galaxy, spiral):
    fitted = fit_logarithmic(spiral.curve(galaxy)[::50], galaxy)
    assert fitted.pitch.to_value(u.deg) == pytest.approx(spiral.pitch.value, abs=1e-6)
    for radius in (1.6, 3.0, 4.5) * u.kpc:
        off = (fitted.azimuth(radius) - spiral.azimuth(radius)).value
        assert np.cos(off) == pytest.approx(1, abs=1e-10)
    assert fitted.radii[0].value == pytest.approx(1.5)


def test_fits_to_scattered_points_find_the_pitch():
    spiral = LogarithmicSpiral(2 * u.kpc, 10 * u.deg, 18 * u.deg, RADII)
    rng = np.random.default_rng(4)
    azimuth = np.linspace(*spiral.azimuth(u.Quantity(RADII)).value, 100) * u.rad
    radius = spiral.radius(azimuth) * (1 + 0.03 * rng.standard_normal(100))
    assert abs(fit_logarithmic(M83.sky(radius, azimuth), M83).pitch.value - 18) < 1


def test_spirals_are_inverse_functions():
    spiral = LogarithmicSpiral(2 * u.kpc, 10 * u.deg, -18 * u.deg, RADII)
    assert spiral.radius(10 * u.deg).value == pytest.approx(2)
    assert spiral.radius(spiral.azimuth(3300 * u.pc)).value == pytest.approx(3.3)


@pytest.mark.parametrize(("values", "message"), [
    ((2 * u.kpc, 0 * u.deg, 0 * u.deg, RADII), "pitch is 0"),
    ((2 * u.kpc, 0 * u.deg, 90 * u.deg, RADII), "pitch is 90"),
    ((0 * u.kpc, 0 * u.deg, 10 * u.deg, RADII), "r0 is 0"),
    ((2 * u.kpc, 0 * u.deg, 10 * u.deg, RADII[::-1]), "inner and the outer"),
    ((2 * u.kpc, 0 * u.deg, 10 * u.deg, (0 * u.kpc, 1 * u.kpc)), "inner and the outer")])
def test_impossible_spirals(values, message):
    with pytest.raises(ValueError, match=message):
        LogarithmicSpiral(*values)


def test_impossible_fits():
    with pytest.raises(ValueError, match="no spiral runs through 1 points"):
        fit_logarithmic(M83.sky([2] * u.kpc, [0] * u.deg), M83)


@pytest.mark.parametrize(("curves", "message"), [
    ([], "no curve"),
    ([M83.sky([2] * u.kpc, [0] * u.deg)], "one point only"),
    ([M83.sky([2, 2] * u.kpc, [0, 0] * u.deg)], "one point only"),
    ([M83.sky([2, np.nan] * u.kpc, [0, 0] * u.deg)], "not finite"),
    ([M83.sky(2 * u.kpc, 0 * u.deg)], "points in a row"),
    ([M83.sky([2, 2, 2] * u.kpc, [0, 5, 10] * u.deg,
               deprojected=False)], "neither side of it leads")])
def test_impossible_arms(curves, message):
    with pytest.raises(ValueError, match=message):
        SpiralArms(curves, replace(M83, inclination=0 * u.deg))


def test_the_sense_of_rotation_is_needed():
    with pytest.raises(ValueError, match="no rotation is known of M83"):
        SpiralArms(arms_of().curves, replace(M83, rotation=None))


@pytest.mark.parametrize("widths", [(-1, 1), (np.nan, 1), (0, 0)])
def test_impossible_widths(widths):
    with pytest.raises(ValueError, match="positive lengths"):
        arms_of().inside(M83.centre, *(widths * u.kpc))


def test_region_files_round_trip(tmp_path):
    arms = SpiralArms([curve[::200] for curve in arms_of().curves], M83)
    arms.write(tmp_path / "arms.reg")
    again = SpiralArms.from_regions(tmp_path / "arms.reg", M83)
    for before, after in zip(arms.curves, again.curves, strict=True):
        assert before.separation(after).max() < 1e-6 * u.arcsec


def test_lines_that_touch_are_one_curve():
    points = arms_of().curves[0][::500]
    lines = [LineSkyRegion(points[i], points[i + 1]) for i in range(len(points) - 1)]
    other = arms_of().curves[1][::500]
    regions = Regions([*lines, PolygonSkyRegion(other), TextSkyRegion(other[0], "arm"),
                       LineSkyRegion(points[0], points[1])])
    arms = SpiralArms.from_regions(regions, M83)
    assert [len(curve) for curve in arms.curves] == [len(points), len(other), 2]
    assert arms.curves[0].separation(points).max() < 1e-9 * u.arcsec


def test_ds9_files_with_lines_segments_and_pixels(tmp_path):
    text = ("# Region file format: DS9 version 4.1\nglobal color=green\nfk5\n"
            "line(204.25,-29.85,204.24,-29.84) # line=0 0\n"
            "line(204.24,-29.84,204.22,-29.83) # line=0 0\n"
            "# segment(204.26,-29.87,204.27,-29.88,204.29,-29.89) color=red\n"
            "circle(204.25,-29.86,5\")\n")
    (tmp_path / "arms.reg").write_text(text)
    arms = SpiralArms.from_regions(tmp_path / "arms.reg", M83)
    assert [len(curve) for curve in arms.curves] == [3, 3]
    assert arms.curves[1][2].ra.deg == pytest.approx(204.29, abs=1e-5)
    (tmp_path / "pixels.reg").write_text("image\nline(10,20,50,70)\n")
    with pytest.raises(ValueError, match="in pixels"):
        SpiralArms.from_regions(tmp_path / "pixels.reg", M83)
    wcs = M83.wcs((100, 100), 2 * u.arcsec)
    arms = SpiralArms.from_regions(tmp_path / "pixels.reg", M83, wcs=wcs)
    assert np.array(wcs.world_to_pixel(arms.curves[0][0])) == pytest.approx([9, 19], abs=1e-6)


def test_files_without_curves(tmp_path):
    (tmp_path / "arms.reg").write_text('icrs\ncircle(204.25,-29.86,5")\n')
    with pytest.raises(ValueError, match="no lines, segments or polygons"):
        SpiralArms.from_regions(str(tmp_path / "arms.reg"), M83)


@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_arms_of_a_synthetic_galaxy_are_its_ridges(offset):
    structure = GalaxyStructure(n_arms=3, arm_phase=40.0)
    arms = SpiralArms.from_structure(structure, M83, (1 * u.kpc, 6 * u.kpc),
                                     offset=offset * u.kpc)
    for curve in arms.curves:
        radius, azimuth = (values.value for values in M83.polar(curve))
        np.testing.assert_allclose(structure._arm(radius, azimuth, offset), 1, atol=1e-9)
    lanes = SpiralArms.from_structure(structure, M83, (1 * u.kpc, 6 * u.kpc))
    assert lanes.distance(arms.curves[0][3000]).value >= (0.01 if offset == 0 else -1e-9)
