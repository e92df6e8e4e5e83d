"""Catalogues become circles in DS9."""

import numpy as np
import pytest
from astropy import units as u
from regions import CircleSkyRegion, Regions

from clusternet.catalog import make_catalogue, to_regions, write_regions


def test_every_cluster_gets_a_circle_with_its_id(catalogue):
    circles = to_regions(catalogue)
    assert [circle.meta["text"] for circle in circles] == [str(i) for i in range(1, 21)]
    assert all(isinstance(circle, CircleSkyRegion) for circle in circles)
    for circle, row in zip(circles, catalogue, strict=True):
        assert circle.center.separation(row["sky_centroid"]) < 1e-6 * u.arcsec
        assert u.isclose(circle.radius, max(row["r_h"], 0.12 * u.arcsec))
    assert {circle.radius.value for circle in circles} != {0.12}


def test_radius_can_be_one_for_all(catalogue):
    assert {c.radius for c in to_regions(catalogue, radius=0.005 * u.arcmin)} == {0.3 * u.arcsec}


def test_colour_runs_from_blue_young_to_red_old(make_values, wcs):
    values = make_values(6)
    values["log_age"] = np.array([6.0, 6.6, 7.8, 9.0, 10.1, np.nan])
    colours = [circle.visual["color"] for circle in to_regions(make_catalogue(values, wcs))]
    blue, yellow, red, white = "#4d8dff", "#ffe060", "#ff4040", "#ffffff"
    assert colours == [blue, blue, yellow, red, red, white]


@pytest.mark.parametrize("name", ["class_cb", "a_v", "log_density", "visibility"])
def test_other_columns_can_colour(catalogue, name):
    order = np.argsort(catalogue[name])
    colours = [to_regions(catalogue, colour_by=name)[i].visual["color"] for i in order]
    assert len(set(colours)) > 1
    assert all(len(colour) == 7 for colour in colours)


def test_column_without_a_scale_is_a_clear_error(catalogue):
    with pytest.raises(ValueError, match="cannot colour by 'id'; choose one of class_cb"):
        to_regions(catalogue, colour_by="id")


def test_region_file_reads_back(catalogue, tmp_path):
    path = tmp_path / "clusters.reg"
    write_regions(catalogue, path)
    assert [file.name for file in tmp_path.iterdir()] == ["clusters.reg"]
    for old, new in zip(to_regions(catalogue), Regions.read(path, format="ds9"), strict=True):
        assert old.center.separation(new.center) < 1e-4 * u.arcsec
        assert abs(old.radius - new.radius) < 1e-4 * u.arcsec
        assert str(new.meta["text"]) == old.meta["text"]
    assert path.read_text().count("color=#") == len(catalogue)


def test_same_catalogue_gives_the_same_file(catalogue, tmp_path):
    write_regions(catalogue, tmp_path / "a.reg")
    write_regions(catalogue.copy(), tmp_path / "b.reg")
    assert (tmp_path / "a.reg").read_bytes() == (tmp_path / "b.reg").read_bytes()


def test_empty_catalogue_gives_an_empty_file(catalogue, tmp_path):
    write_regions(catalogue[:0], tmp_path / "none.reg")
    assert "circle" not in (tmp_path / "none.reg").read_text()


def test_unwritable_folder_is_a_clear_error(catalogue, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write_regions(catalogue, tmp_path / "missing" / "clusters.reg")
