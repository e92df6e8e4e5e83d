"""MIST files are read with all their forms, and interpolated by evolutionary point."""

from pathlib import Path

import numpy as np
import pytest

from clusternet.stars import MISTIsochrones
from clusternet.stars.isochrones.mist_files import read_mist

# Real rows of a MIST 1.2 isochrone ([Fe/H] = -1, 10 Gyr), thinned
EXCERPT = Path(__file__).parent / "data" / "mist_lsst_10gyr_excerpt.iso.cmd"
AB_MINUS_VEGA = {"g": -0.09, "i": 0.36}
LSST = {"g": "LSST_g", "i": "LSST_i"}

RULE = "# " + "-" * 86
NAMES = "EEP log10_isochrone_age_yr initial_mass star_mass log_Teff log_g log_L [Fe/H]_init [Fe/H]"
BANDS = ("WFC3_UVIS_F336W", "WFC3_UVIS_F814W")


def row(eep, log_age, mass, phase=0, magnitude=5.0, log_teff=3.8):
    return (
        f"{eep:5d} {log_age:.16E} {mass:.16E} {mass:.16E} {log_teff:.16E} 4.4 0.0 0.25 0.25 "
        f"{magnitude + 1:.6f} {magnitude:.6f} {phase:.6f}"
    )


def mist_file(tmp_path, *isochrones, system="HST_WFC3 (Vega)", av="CCM89 extinction: Av =  0.000",
              names=NAMES, zinit="2.50000E-02", last="phase"):  # fmt: skip
    """A file in the form of MIST 1.2; each isochrone is a list of rows."""
    lines = [
        "# MIST version number  = 1.2     ",
        "# MESA revision number =     7503",
        f"# photometric system   = {system}",
        RULE,
        "#  Yinit        Zinit   [Fe/H]   [a/Fe]  v/vcrit",
        f"# 0.2865  {zinit}     0.25     0.00     0.40",
        RULE,
        f"# number of isochrones =     {len(isochrones)}",
        f"# {av}",
        RULE,
    ]
    columns = [*names.split(), *BANDS, last]
    for rows in isochrones:
        lines += [
            f"# number of EEPs, cols =  {len(rows)}   {len(columns)}",
            "#   " + "   ".join(str(number + 1) for number in range(len(columns))),
            "# " + "   ".join(columns),
            *rows,
            "",
            "",
        ]
    path = tmp_path / "grid.iso.cmd"
    path.write_text("\n".join(lines))
    return path


YOUNG = [row(202 + n, 7.0, 1.0 + n, magnitude=5 - n) for n in range(4)]
OLD = [row(203 + n, 7.2, 1.5 + n, magnitude=4.5 - n) for n in range(3)]


class TestARealExcerpt:
    stars = MISTIsochrones.read(EXCERPT, bands=LSST, ab_minus_vega=AB_MINUS_VEGA)
    isochrone = stars.isochrone(10.0)

    def test_age_metallicity_and_bands(self):
        assert self.stars.log_age_range == (10.0, 10.0)
        assert self.stars.metallicity == pytest.approx(1.48337e-3)
        assert self.stars.bands == ("g", "i")

    def test_first_row(self):
        assert self.isochrone.eep[0] == 244
        assert self.isochrone.initial_mass[0] == pytest.approx(0.1)
        assert self.isochrone.log_teff[0] == pytest.approx(3.526833669)

    def test_magnitudes_become_vega_ones(self):
        one, zero = (
            read_mist(EXCERPT, LSST, {"g": shift, "i": 0.0})[0].magnitudes["g"]
            for shift in (1.0, 0.0)
        )
        np.testing.assert_allclose(zero - one, 1.0)

    def test_phases_become_labels_and_white_dwarfs_are_left_out(self):
        assert sorted(set(self.isochrone.label)) == [1, 3, 4, 7, 8]
        assert (np.diff(self.isochrone.label) >= 0).all()
        assert self.isochrone.eep[-1] <= 1409

    def test_the_turn_off_of_a_metal_poor_cluster_of_10_gyr(self):
        assert 0.75 < self.isochrone.initial_mass[self.isochrone.label == 1][-1] < 0.9


def test_bands_can_be_renamed_or_taken_as_they_are(tmp_path):
    path = mist_file(tmp_path, YOUNG)
    assert MISTIsochrones.read(path).bands == BANDS
    renamed = MISTIsochrones.read(path, bands={"F336W": "WFC3_UVIS_F336W"})
    np.testing.assert_array_equal(renamed.isochrone(7.0).magnitudes["F336W"], [6, 5, 4, 3])


def test_the_web_interpolator_writes_the_age_itself(tmp_path):
    rows = [line.replace(f"{7.0:.16E}", "1.2000000000000093E+010") for line in YOUNG]
    path = mist_file(tmp_path, rows, names=NAMES.replace("log10_", ""))
    assert MISTIsochrones.read(path).log_age_range == (10.0792, 10.0792)


def test_version_2_prints_rv_beside_av(tmp_path):
    path = mist_file(tmp_path, YOUNG, av="extinction:   Av, Rv =  0.000 3.100")
    assert MISTIsochrones.read(path).log_age_range == (7.0, 7.0)


def test_rows_of_equal_points_are_interpolated(tmp_path):
    stars = MISTIsochrones.read(mist_file(tmp_path, YOUNG, OLD), bands=BANDS[1:])
    middle = stars.isochrone(7.1)
    common = np.isin(middle.eep, [203, 204, 205])
    np.testing.assert_allclose(middle.initial_mass[common], np.sqrt([2 * 1.5, 3 * 2.5, 4 * 3.5]))
    np.testing.assert_allclose(middle.magnitudes[BANDS[1]][common], [4.25, 3.25, 2.25])


def test_points_that_only_one_age_has_shrink_away(tmp_path):
    giants = [row(700 + n, 7.2, 4.0 + 0.1 * n, phase=3, magnitude=-1) for n in range(3)]
    stars = MISTIsochrones.read(mist_file(tmp_path, YOUNG, OLD + giants), bands=BANDS[1:])
    for log_age, part in ((7.05, 0.25), (7.15, 0.75)):
        isochrone = stars.isochrone(log_age)
        late = isochrone.initial_mass[isochrone.eep >= 700]
        assert np.log(late[-1] / late[0]) == pytest.approx(part * np.log(4.2 / 4.0))
        np.testing.assert_allclose(isochrone.magnitudes[BANDS[1]][isochrone.eep >= 700], -1)
    assert stars.isochrone(7.0005).initial_mass[-1] == pytest.approx(4.0, rel=1e-3)


def test_between_ages_masses_ascend(tmp_path):
    stars = MISTIsochrones.read(mist_file(tmp_path, YOUNG, OLD))
    for log_age in np.linspace(7.0, 7.2, 21):
        assert (np.diff(stars.isochrone(log_age).initial_mass) > 0).all()


def test_wolf_rayet_stars_are_stars(tmp_path):
    rows = [*YOUNG, row(710, 7.0, 5.0, phase=9), row(1500, 7.0, 6.0, phase=6),
            row(1721, 7.0, 6.1, phase=-9)]
    isochrone = MISTIsochrones.read(mist_file(tmp_path, rows)).isochrone(7.0)
    assert isochrone.label.tolist() == [1, 1, 1, 1, 6]


def test_isochrones_without_a_point_in_common_are_not_mixed(tmp_path):
    late = [row(300 + n, 7.2, 1.5 + n) for n in range(3)]
    stars = MISTIsochrones.read(mist_file(tmp_path, YOUNG, late))
    with pytest.raises(ValueError, match=r"log age 7\.0 and 7\.2, .* share 0 equivalent"):
        stars.isochrone(7.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": "LSST (AB)"}, "AB magnitudes .* pass ab_minus_vega for WFC3_UVIS_F336W"),
        ({"av": "CCM89 extinction: Av =  0.500"}, r"reddened by Av = 0\.5"),
        ({"names": NAMES.replace("log_Teff", "Teff")}, "no column log_Teff"),
        ({"names": NAMES.replace("log10_isochrone_age_yr", "when")}, "no column log10_isochrone"),
        ({"zinit": "nothing"}, "could not convert"),
    ],
)
def test_files_that_would_mislead_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        MISTIsochrones.read(mist_file(tmp_path, YOUNG, **changes))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text[: text.rindex("  205")], "isochrone 1 .* has 3 rows, its header says 4"),
        (lambda text: text[: text.rindex("5.000000 ")], "values where 12 columns should be"),
        (
            lambda text: text.replace("isochrones =     1", "isochrones =     2"),
            "1 isochrones, its",
        ),
        (lambda text: text.replace("photometric system", "units"), "no 'photometric system' in"),
        (lambda text: text.replace("Zinit", "Z"), "no Zinit in the header"),
        (lambda text: text.replace("0.000000\n", "7.000000\n"), "phase 7 in"),
        (lambda text: text.replace(" 4.4 ", " x.x "), "is not a number"),
    ],
)
def test_cut_or_edited_files_are_refused(tmp_path, edit, message):
    path = mist_file(tmp_path, YOUNG)
    path.write_text(edit(path.read_text()))
    with pytest.raises(ValueError, match=message):
        MISTIsochrones.read(path)


def test_a_band_it_lacks_is_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"no F438W in .* \(has WFC3_UVIS_F336W, WFC3_UVIS_F814W\)"
    ):
        MISTIsochrones.read(mist_file(tmp_path, YOUNG), bands=["F438W"])
