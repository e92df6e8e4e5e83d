"""Files of the CMD web interface are read with all their oddities."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from clusternet.stars import PadovaIsochrones
from clusternet.stars.isochrones.cmd_files import read_cmd

# Real CMD 3.7 output, thinned: the first header lacks its '#', the others recur before each age,
# post-AGB rows close the isochrones, log age 10.1 prints as 10.10001
EXCERPT = Path(__file__).parent / "data" / "cmd37_ubvrijhk_excerpt.dat"
SOLAR = 0.01471

HEADER = "# Zini MH logAge Mini logL logTe logg label mbolmag F336Wmag"
ROW = "0.0147 0.0 8.0 {mass} 0.0 3.8 4.4 1 4.7 {magnitude}"


def table(tmp_path, *lines):
    path = tmp_path / "output.dat"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_ages_are_those_asked_of_cmd():
    isochrones = read_cmd(EXCERPT, metallicity=SOLAR)
    assert [one.log_age for one in isochrones] == [8.1, 10.05, 10.1]
    assert {one.metallicity for one in isochrones} == {SOLAR}


def test_bands_are_the_mag_columns_but_the_bolometric_one():
    assert read_cmd(EXCERPT, metallicity=SOLAR)[0].bands == tuple("UBVRIJHK")


def test_the_first_row_is_the_first_row_of_the_file():
    words = EXCERPT.read_text().splitlines()[14].split()
    first = read_cmd(EXCERPT, metallicity=SOLAR)[0]
    assert first.initial_mass[0] == float(words[3])
    assert first.log_teff[0] == float(words[7])
    assert first.magnitudes["U"][0] == float(words[-8])


def test_post_agb_rows_are_no_stars():
    assert " 9 " in EXCERPT.read_text()
    for one in read_cmd(EXCERPT, metallicity=SOLAR):
        assert one.label.max() <= 8
        assert one.log_l.min() > -9
        assert (np.diff(one.initial_mass) > 0).all()


def test_a_file_of_several_metallicities_needs_a_choice():
    with pytest.raises(
        ValueError, match=r"2 metallicities; pass metallicity, of 0\.0015467, 0\.01471"
    ):
        read_cmd(EXCERPT)
    with pytest.raises(ValueError, match=r"no metallicity 0\.03 in"):
        read_cmd(EXCERPT, metallicity=0.03)
    assert read_cmd(EXCERPT, metallicity=0.00155)[0].metallicity == 0.0015467


def test_gzip_makes_no_difference(tmp_path):
    packed = tmp_path / "output.dat.gz"
    packed.write_bytes(gzip.compress(EXCERPT.read_bytes()))
    plain = read_cmd(EXCERPT, metallicity=SOLAR)[0]
    found = read_cmd(packed, metallicity=SOLAR)[0]
    np.testing.assert_array_equal(found.initial_mass, plain.initial_mass)


def test_the_provider_interpolates_what_it_read():
    stars = PadovaIsochrones.read(EXCERPT, metallicity=SOLAR)
    assert stars.log_age_range == (8.1, 10.1)
    np.testing.assert_array_equal(stars.tabulated_log_ages, [8.1, 10.05, 10.1])
    old = stars.isochrone(10.075)
    assert stars.isochrone(10.1).initial_mass[-1] < old.initial_mass[-1]
    assert old.initial_mass[-1] < stars.isochrone(10.05).initial_mass[-1]


def test_the_hash_before_the_header_may_be_missing(tmp_path):
    assert EXCERPT.read_text().splitlines()[13].split()[0] == "Zini"
    row = ROW.format(mass=1, magnitude=5.0), ROW.format(mass=2, magnitude=1.0)
    with_hash, without = (
        read_cmd(table(tmp_path, header, *row))[0] for header in (HEADER, HEADER.lstrip("# "))
    )
    assert with_hash.magnitudes["F336W"].tolist() == without.magnitudes["F336W"].tolist()


def test_the_header_recurs_before_every_isochrone():
    headers = [line for line in EXCERPT.read_text().splitlines() if "Zini" in line.split()[:2]]
    assert len(headers) > 1
    assert len(read_cmd(EXCERPT, metallicity=SOLAR)) > 1


def test_ages_printed_in_single_precision_are_one_age(tmp_path):
    assert "10.10001" in EXCERPT.read_text()
    rows = [
        ROW.replace("8.0", age).format(mass=m, magnitude=1)
        for age, m in (("10.10001", 0.5), ("10.1", 0.6))
    ]
    (isochrone,) = read_cmd(table(tmp_path, HEADER, *rows))
    assert isochrone.log_age == 10.1


@pytest.mark.parametrize(
    "dead",
    [
        "0.0147 0.0 8.0 3.0 -9.999 3.8 4.4 9 4.7 30.0",
        "0.0147 0.0 8.0 3.0 -9.999 3.8 4.4 8 4.7 30.0",
        "0.0147 0.0 8.0 3.0 2.0 4.8 4.4 9 4.7 2.0",
    ],
)
def test_a_closing_dead_star_is_dropped_by_its_label_or_by_its_luminosity(tmp_path, dead):
    rows = [ROW.format(mass=m, magnitude=1.0) for m in (1, 2)]
    (isochrone,) = read_cmd(table(tmp_path, HEADER, *rows, dead, "#isochrone terminated"))
    assert isochrone.initial_mass.tolist() == [1.0, 2.0]


def test_bands_are_chosen_and_renamed():
    chosen = read_cmd(EXCERPT, metallicity=SOLAR, bands=("I", "U"))[0]
    assert chosen.bands == ("I", "U")
    renamed = PadovaIsochrones.read(EXCERPT, metallicity=SOLAR, bands={"F336W": "U"})
    np.testing.assert_array_equal(
        renamed.isochrone(8.1).magnitudes["F336W"], chosen.magnitudes["U"]
    )
    with pytest.raises(ValueError, match=r"no F336W in .* \(has U, B, V, R, I, J, H, K\)"):
        read_cmd(EXCERPT, metallicity=SOLAR, bands=["F336W"])


def test_half_a_gzip_is_refused(tmp_path):
    packed = tmp_path / "output.dat.gz"
    content = gzip.compress(EXCERPT.read_bytes())
    packed.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"output\.dat\.gz is a damaged gzip file"):
        read_cmd(packed)


def test_columns_are_found_by_name(tmp_path):
    path = table(
        tmp_path,
        "# Zini F814Wmag label logg logTe logL Mini logAge MH",
        "0.03 7.5 1 4.4 3.8 0.0 1.0 8.0 0.3",
        "0.03 7.0 1 4.4 3.8 0.1 1.1 8.0 0.3",
    )
    (isochrone,) = read_cmd(path)
    np.testing.assert_array_equal(isochrone.magnitudes["F814W"], [7.5, 7.0])
    np.testing.assert_array_equal(isochrone.initial_mass, [1.0, 1.1])


def test_repeated_masses_are_spread_and_those_that_fall_back_are_dropped(tmp_path):
    rows = [
        ROW.format(mass=mass, magnitude=number)
        for number, mass in enumerate((1.0, 1.0, 1.2, 1.1, 1.3, 1.30000004, 1.3, 1.30000004))
    ]
    (isochrone,) = read_cmd(table(tmp_path, HEADER, *rows, "#isochrone terminated"))
    single = 2.0**-23
    np.testing.assert_allclose(
        isochrone.initial_mass, [1.0, 1 + single / 2, 1.2, 1.3, 1.30000004], rtol=1e-12
    )
    np.testing.assert_array_equal(isochrone.magnitudes["F336W"], [0, 1, 2, 4, 5])


def test_rows_of_one_mass_share_the_gap_to_the_next(tmp_path):
    close = 1.00000006  # nearer than the spacing of single precision
    rows = [ROW.format(mass=mass, magnitude=1.0) for mass in (1.0, 1.0, 1.0, close, 1.2)]
    (isochrone,) = read_cmd(table(tmp_path, HEADER, *rows, "#isochrone terminated"))
    np.testing.assert_allclose(
        isochrone.initial_mass[:4], [1.0, 1.00000002, 1.00000004, close], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["nothing here"], "line 1: 2 values where a header with Zini should be"),
        (["#isochrone terminated"], "no isochrones in"),
        ([HEADER], "no isochrones in"),
        ([HEADER, "0.0147 0.0 8.0"], "line 2: 3 values where 10 columns should be"),
        ([HEADER, ROW.format(mass="one", magnitude=1)], "not a number"),
        ([HEADER.replace("logTe", "Te"), ROW.format(mass=1, magnitude=1)], "no column logTe"),
        ([HEADER.replace("F336Wmag", "F336W"), ROW.format(mass=1, magnitude=1)], "no band"),
        (
            [
                HEADER,
                ROW.format(mass=1, magnitude=1),
                HEADER.replace("F336W", "F438W"),
                ROW.format(mass=2, magnitude=1),
            ],
            "the bands change",
        ),
        (
            ['<html><p class="errorwarning">No <b>isochrone</b> found.</p></html>'],
            "error of CMD in place of isochrones: No isochrone found",
        ),
    ],
)
def test_unreadable_files_are_refused_with_the_reason(tmp_path, lines, message):
    with pytest.raises(ValueError, match=message):
        read_cmd(table(tmp_path, *lines))
