"""Geometry of a disc on the sky, against what can be worked out by hand."""

import http.server
import threading
from dataclasses import fields, replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from astropy import units as u
from astropy.config import set_temp_cache
from astropy.coordinates import CartesianRepresentation, SkyCoord
from astropy.coordinates.matrix_utilities import rotation_matrix
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.galaxy import M83, Galaxy, RotationCurve

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


few = settings(max_examples=30)
positions = st.floats(0.01, 9), st.floats(-3.1, 3.1)


@few
@given(*positions, angles)
def test_face_on_coordinates_are_separation_and_position_angle(radius, azimuth, position_angle):
    galaxy = disc(0, position_angle)
    at = galaxy.sky(radius * u.kpc, azimuth * u.rad)
    apart = np.tan(galaxy.centre.separation(at).rad) * galaxy.distance.to_value(u.kpc)
    assert apart == pytest.approx(radius, rel=1e-9)
    turned = (galaxy.centre.position_angle(at).rad - azimuth - np.radians(position_angle))
    assert np.cos(turned) == pytest.approx(1, abs=1e-12)


@few
@given(*positions, st.floats(0, 85), angles)
def test_inclined_coordinates_are_rotations_in_space(radius, azimuth, inclination, position_angle):
    # Axes: towards us, east, north. The disc lies in the plane of the sky with its major axis to
    # the north, is tilted about that axis, and turned from north through east.
    galaxy = disc(inclination, position_angle)
    in_disc = CartesianRepresentation(0, radius * np.sin(azimuth), radius * np.cos(azimuth))
    tilted = in_disc.transform(rotation_matrix(inclination * u.deg, "z"))
    seen = tilted.transform(rotation_matrix(position_angle * u.deg, "x"))
    expected = np.array([seen.y.value, seen.z.value]) / 1000 * u.rad.to(u.arcsec)
    found = galaxy.offsets(galaxy.sky(radius * u.kpc, azimuth * u.rad))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@few
@given(*positions, st.floats(0, 85), angles, st.booleans())
def test_polar_coordinates_round_trip(radius, azimuth, inclination, position_angle, deprojected):
    galaxy = disc(inclination, position_angle)
    at = galaxy.sky(radius * u.kpc, azimuth * u.rad, deprojected=deprojected)
    found, angle = galaxy.polar(at, deprojected=deprojected)
    assert found.to_value(u.kpc) == pytest.approx(radius, rel=1e-8)
    assert np.cos(angle.to_value(u.rad) - azimuth) == pytest.approx(1, abs=1e-12)


def test_polar_coordinates_as_they_appear_are_not_stretched():
    galaxy = disc(60, 0)
    at = galaxy.sky(1 * u.kpc, 90 * u.deg)
    assert galaxy.polar(at, deprojected=False)[0].value == pytest.approx(0.5)
    assert galaxy.polar(at)[0].value == pytest.approx(1)


def test_offsets_are_those_of_the_pixels():
    wcs = M83.wcs((9001, 9001), 0.0396 * u.arcsec)
    east, north = M83.offsets(wcs.pixel_to_world([4500, 0, 9000], [4500, 0, 4500]))
    np.testing.assert_allclose(east, np.array([0, 4500, -4500]) * 0.0396, atol=1e-6)
    np.testing.assert_allclose(north, np.array([0, -4500, 0]) * 0.0396, atol=1e-6)
    assert M83.kpc_per_pixel(wcs) == pytest.approx(0.0396 * M83.parsecs_per_arcsec / 1000)


def test_coordinates_of_any_frame_and_shape():
    at = M83.sky(np.full((2, 3), 2.0) * u.kpc, np.zeros((2, 3)) * u.rad)
    np.testing.assert_allclose(M83.polar(at.galactic)[0].value, 2.0, rtol=1e-9)
    assert M83.polar(at[:0])[0].shape == (0, 3)


def test_the_other_side_of_the_sky_has_no_offsets():
    assert np.isnan(M83.offsets(SkyCoord(24 * u.deg, 30 * u.deg))).all()


def test_m83_drifts_as_in_the_paper():
    # Paper III, section 4.3: 160 and 110 km/s at 2.5 kpc are about 50 pc per million years.
    drift = M83.drift(2.5 * u.kpc)
    assert drift.to_value(u.km / u.s) == pytest.approx(50)
    assert drift.to_value(u.pc / u.Myr) == pytest.approx(51.1, abs=0.1)
    assert M83.corotation_radius.to_value(u.kpc) == pytest.approx(160 / 44)
    assert M83.drift(M83.corotation_radius).value == pytest.approx(0, abs=1e-6)
    assert set(M83.sources) == {"centre", "distance", "inclination", "position_angle", "rotation",
                                "rotation_curve", "pattern_speed", "r25"}


def test_m83_turns_clockwise():
    # The receding end is in the south-west and the near side in the north-west: what approaches
    # in the north-east moves on to the near side, north-west.
    assert M83.rotation == -1


def test_rotation_curves_are_tables_or_functions():
    curve = RotationCurve([0, 2] * u.kpc, [0, 160] * u.km / u.s)
    galaxy = replace(M83, rotation_curve=curve)
    assert galaxy.speed([1, 9] * u.kpc).value.tolist() == [80, 160]
    assert galaxy.corotation_radius.to_value(u.kpc) == pytest.approx(160 / 44)
    rigid = replace(M83, rotation_curve=lambda radius: radius * (50 * u.km / u.s / u.kpc))
    assert rigid.drift(3 * u.kpc).to_value(u.km / u.s) == pytest.approx(18)
    with pytest.raises(ValueError, match="no corotation"):
        rigid.corotation_radius  # noqa: B018
    with pytest.raises(ValueError, match="no pattern_speed is known of M83"):
        replace(M83, pattern_speed=None).drift(1 * u.kpc)


@pytest.mark.parametrize(("radius", "speed"), [
    ([1], [2]), ([1, 2], [3]), ([2, 1], [3, 4]), ([-1, 1], [3, 4]), ([1, np.nan], [3, 4])])
def test_impossible_rotation_curves(radius, speed):
    with pytest.raises(ValueError, match="radii"):
        RotationCurve(radius * u.kpc, speed * u.km / u.s)


@pytest.mark.parametrize(("change", "message"), [
    ({"distance": -1 * u.Mpc}, "must be positive"), ({"distance": 4.5}, "distance of M83 is 4.5"),
    ({"distance": [1, 2] * u.Mpc}, "one finite number"), ({"inclination": 90 * u.deg}, "less than"),
    ({"rotation": 0}, "counter-clockwise"), ({"position_angle": np.nan * u.deg}, "finite"),
    ({"pattern_speed": 44 * u.km / u.s}, "pattern_speed"), ({"r25": 6 * u.kpc}, "r25")])
def test_impossible_galaxies(change, message):
    with pytest.raises(ValueError, match=message):
        replace(M83, **change)


@pytest.mark.parametrize("galaxy", [
    M83, disc(30, 40),
    replace(M83, rotation_curve=RotationCurve([0, 1.5] * u.kpc, [10, 90.5] * u.km / u.s))])
def test_yaml_round_trip(galaxy, tmp_path):
    galaxy.write(tmp_path / "galaxy.yaml")
    again = Galaxy.read(tmp_path / "galaxy.yaml")
    for item in fields(Galaxy):
        before, after = getattr(galaxy, item.name), getattr(again, item.name)
        if isinstance(before, RotationCurve):
            before, after = (list(c.radius) + list(c.speed) for c in (before, after))
        assert np.all(after == before), item.name


def test_functions_do_not_go_into_yaml(tmp_path):
    with pytest.raises(ValueError, match="tabulate"):
        replace(M83, rotation_curve=lambda r: 100 * u.km / u.s).write(tmp_path / "a.yaml")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("text", "message"), [
    ("name: A", "missing keys"), ("[1]", "holds no galaxy"), ("a: [", "no YAML"), ("", "no galaxy"),
    ("{name: A, centre: 1d 2d, distance: 1 Mpc, inclination: 3 deg, position_angle: 4 deg, pa: 3}",
     "unknown keys"),
    ("{name: A, centre: 1d 2d, distance: far, inclination: 3 deg, position_angle: 4 deg}",
     "distance is 'far'"),
    ("{name: A, centre: 1d 2d, distance: 3, inclination: 3 deg, position_angle: 4 deg}",
     "distance of A")])
def test_impossible_yaml(text, message, tmp_path):
    (tmp_path / "galaxy.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        Galaxy.read(tmp_path / "galaxy.yaml")


ANSWER = """# Query Description
# Type of request:                 Extract data from a table
objname|objtype|al2000|de2000|modbest|incl|pa|logd25
#---|---|---|---|---|---|---|---
{row}
#-- end of data table ---
"""
ROW = "NGC5236|G |13.6169164|-29.8654167|28.5|14.1|{pa}|2.11"


@pytest.fixture
def hyperleda(tmp_path, monkeypatch):
    """A server that answers as HyperLEDA does: with ``server.row``."""
    class Answer(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            self.server.asked.append(parse_qs(urlsplit(self.path).query))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(ANSWER.format(row=self.server.row).encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.asked, server.row = [], ROW.format(pa="44.9")
    monkeypatch.setattr("clusternet.galaxy.hyperleda.HYPERLEDA_URL",
                        f"http://127.0.0.1:{server.server_port}/fG.cgi")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with set_temp_cache(tmp_path):
        yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_galaxies_by_name(hyperleda):
    galaxy = Galaxy.from_name("M83", rotation=-1, inclination=24 * u.deg)
    assert hyperleda.asked[0]["sql"] == ["objname=objname('M83')"]
    assert galaxy.centre.separation(M83.centre) < 1 * u.arcsec
    assert galaxy.distance.to_value(u.Mpc) == pytest.approx(10 ** (28.5 / 5 - 5))
    assert galaxy.inclination == 24 * u.deg
    assert galaxy.position_angle == 44.9 * u.deg
    assert galaxy.r25.to_value(u.arcmin) == pytest.approx(6.44, abs=0.01)
    assert galaxy.sources["distance"] == "HyperLEDA, NGC5236"
    assert "inclination" not in galaxy.sources
    Galaxy.from_name("M83")
    assert len(hyperleda.asked) == 1  # kept


def test_what_the_catalogue_lacks_must_be_given(hyperleda):
    hyperleda.row = ROW.format(pa="")
    with pytest.raises(ValueError, match="no position_angle of M83; give position_angle="):
        Galaxy.from_name("M83")
    assert Galaxy.from_name("M83", position_angle=225 * u.deg).position_angle == 225 * u.deg


def test_unknown_names_are_not_kept(hyperleda):
    hyperleda.row = "# nothing"
    for _ in range(2):
        with pytest.raises(ValueError, match="does not know 'M 999'"):
            Galaxy.from_name("M 999")
    assert len(hyperleda.asked) == 2
    with pytest.raises(ValueError, match="no galaxy is called"):
        Galaxy.from_name("x') or (1=1")


@pytest.mark.remote_data
def test_the_real_hyperleda_knows_m83(tmp_path):
    with set_temp_cache(tmp_path):
        galaxy = Galaxy.from_name("M83", position_angle=225 * u.deg)
    assert galaxy.centre.separation(M83.centre) < 10 * u.arcsec
    assert 3 < galaxy.distance.to_value(u.Mpc) < 6
