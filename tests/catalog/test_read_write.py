"""Catalogues read back as they were written."""

import os

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.catalog import (
    completed,
    describe,
    make_catalogue,
    read_catalogue,
    select,
    write_catalogue,
)

ENDINGS = (".ecsv", ".fits", ".ecsv.gz", ".fits.gz")

_PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=200),
    st.builds(u.Quantity, st.floats(-1e9, 1e9), st.sampled_from(["Mpc", "arcsec", "electron / s"])),
)
_META = st.dictionaries(
    st.text("abcdefghijklmnopqrstuvwxyz_ ", min_size=1, max_size=20),
    st.recursive(
        _PLAIN,
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcXYZ_", min_size=1), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


def assert_same(a, b):
    assert a.colnames == b.colnames
    assert a.meta == b.meta
    assert list(a.meta) == list(b.meta)
    for name in a.colnames:
        assert type(a[name]) is type(b[name])
        assert a[name].info.description == b[name].info.description
        if isinstance(a[name], SkyCoord):
            assert a[name].frame.name == b[name].frame.name
            assert np.array_equal(a[name].ra, b[name].ra)
            assert np.array_equal(a[name].dec, b[name].dec)
        else:
            assert getattr(a[name], "unit", None) == getattr(b[name], "unit", None)
            assert a[name].dtype.kind == b[name].dtype.kind
            assert a[name].dtype.isnative
            assert np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("rows", [20, 1, 0])
def test_catalogue_reads_back_equal(catalogue, tmp_path, ending, rows):
    path = tmp_path / f"catalogue{ending}"
    write_catalogue(catalogue[:rows], path)
    assert_same(read_catalogue(path), catalogue[:rows])
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_same_catalogue_gives_the_same_bytes(catalogue, tmp_path, ending):
    first, second, third = (tmp_path / f"{name}{ending}" for name in "abc")
    write_catalogue(catalogue, first)
    write_catalogue(catalogue.copy(), second)
    write_catalogue(read_catalogue(first), third)
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(meta=_META, ending=st.sampled_from(ENDINGS[:2]))
def test_any_plain_meta_survives(make_values, wcs, tmp_path, meta, ending):
    catalogue = make_catalogue(make_values(2), wcs, meta=meta)
    write_catalogue(catalogue, tmp_path / f"catalogue{ending}")
    assert read_catalogue(tmp_path / f"catalogue{ending}").meta == catalogue.meta


def test_selected_catalogue_reads_back_equal(catalogue, tmp_path):
    for ending in ENDINGS[:2]:
        chosen = select(catalogue, log_age=(None, 9))
        write_catalogue(chosen, tmp_path / f"chosen{ending}")
        assert_same(read_catalogue(tmp_path / f"chosen{ending}"), chosen)


@pytest.mark.parametrize("ending", ENDINGS)
def test_further_columns_survive_selection_and_files(make_values, wcs, tmp_path, ending):
    values = {**make_values(), "sharpness": np.linspace(0, 1, 20),
              "ellipse": np.arange(20) * u.arcsec, "number": np.arange(20)}
    catalogue = make_catalogue(values, wcs)
    describe(catalogue, "sharpness", "Ratio of the central pixel to its neighbours")
    describe(catalogue, "ellipse", "Major axis of the ellipse")
    chosen = select(completed(catalogue, {"a_v": np.zeros(20)}), sharpness=(0.3, None))
    path = tmp_path / f"catalogue{ending}"
    write_catalogue(chosen, path)
    again = read_catalogue(path)
    assert_same(again, chosen)
    assert again["ellipse"].unit == u.arcsec
    assert again["number"].dtype.kind == "i"
    assert again["sharpness"].info.description == "Ratio of the central pixel to its neighbours"
    assert 0 < len(again) < 20


def test_writing_leaves_the_catalogue_as_it_was(catalogue, tmp_path):
    before = catalogue.copy()
    write_catalogue(catalogue, tmp_path / "catalogue.fits")
    assert_same(catalogue, before)


def test_other_programs_can_read_the_files(catalogue, tmp_path):
    for ending in ENDINGS[:2]:
        write_catalogue(catalogue, tmp_path / f"catalogue{ending}")
        table = QTable.read(tmp_path / f"catalogue{ending}")
        assert table["a_v"].unit == u.mag
        assert isinstance(table["sky_centroid"], SkyCoord)


def test_failed_write_keeps_the_old_file(catalogue, tmp_path):
    path = tmp_path / "catalogue.ecsv"
    write_catalogue(catalogue, path)
    old = path.read_bytes()
    catalogue.meta["network"] = object()
    with pytest.raises(ValueError, match="the meta of the catalogue cannot be written"):
        write_catalogue(catalogue, path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == [path.name]


def test_unwritable_folder_is_a_clear_error(catalogue, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write .*there is no folder"):
        write_catalogue(catalogue, tmp_path / "missing" / "catalogue.ecsv")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match=r"cannot write .*file is not a folder"):
        write_catalogue(catalogue, tmp_path / "file" / "catalogue.fits")


def test_unknown_ending_is_a_clear_error(catalogue, tmp_path):
    for name in ("catalogue.csv", "catalogue"):
        with pytest.raises(ValueError, match=r"ends in neither \.ecsv nor \.fits"):
            write_catalogue(catalogue, tmp_path / name)
        with pytest.raises(ValueError, match=r"ends in neither \.ecsv nor \.fits"):
            read_catalogue(tmp_path / name)


def test_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no catalogue .*missing\.ecsv"):
        read_catalogue(tmp_path / "missing.ecsv")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.01, 0.3, 0.8])
def test_file_that_is_cut_short_is_a_clear_error(catalogue, tmp_path, ending, share):
    path = tmp_path / f"catalogue{ending}"
    write_catalogue(catalogue, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(OSError, match="cannot be read as a catalogue: it is cut short"):
        read_catalogue(path)


def test_table_of_something_else_is_a_clear_error(tmp_path):
    QTable({"ra": [1.0]}).write(tmp_path / "stars.ecsv")
    with pytest.raises(ValueError, match=r"stars\.ecsv is no cluster catalogue: it has no id"):
        read_catalogue(tmp_path / "stars.ecsv")
    with pytest.raises(ValueError, match="the table is no cluster catalogue"):
        write_catalogue(QTable({"ra": [1.0]}), tmp_path / "stars.fits")
