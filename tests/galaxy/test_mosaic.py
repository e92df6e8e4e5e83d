"""A synthetic galaxy as image, truth table and files: all three tell of the same pixels."""

import pickle

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.table import QTable

from clusternet.catalog import cross_match
from clusternet.galaxy.accuracy import BLOCK
from clusternet.images import MultiBandImage


@pytest.fixture(scope="module")
def written(galaxy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("galaxy") / "new"
    return folder, galaxy.write(folder, progress=False)


def test_a_galaxy_can_be_sent_to_another_process(galaxy, pixels):
    again = pickle.loads(pickle.dumps(galaxy))
    np.testing.assert_array_equal(again.pixels(100, 200, 60, 50), pixels[:, 200:250, 100:160])


@pytest.mark.slow
def test_several_processes_write_the_same_mosaic(galaxy, written, tmp_path):
    folder, paths = written
    for band, path in galaxy.write(tmp_path, progress=False, workers=2).items():
        assert path.read_bytes() == paths[band].read_bytes()
    assert (tmp_path / "truth.ecsv").read_text() == (folder / "truth.ecsv").read_text()


def test_an_image_holds_the_pixels_and_their_places(galaxy, pixels):
    image = galaxy.image(130, 210, 90, 70)
    assert isinstance(image, MultiBandImage)
    assert image.bands == galaxy.bands
    assert image.pixel_scale.to_value(u.arcsec) == pytest.approx(0.0396)
    np.testing.assert_array_equal(image.data, pixels[:, 210:280, 130:220])
    for x, y in ((0, 0), (89, 69), (12.3, 45.6)):
        here, there = image.wcs.pixel_to_world(x, y), galaxy.wcs.pixel_to_world(x + 130, y + 210)
        assert here.separation(there) < 1e-6 * 0.0396 * u.arcsec


def test_without_a_part_the_image_is_whole(galaxy, pixels):
    np.testing.assert_array_equal(galaxy.image().data, pixels)
    assert galaxy.image(x0=500, y0=580).shape == (3, 20, 50)
    clean = galaxy.image(0, 0, 40, 40, noise=False)
    np.testing.assert_array_equal(clean.data, galaxy.pixels(0, 0, 40, 40, noise=False))


def test_truth_has_the_columns_of_a_catalogue(galaxy):
    truth = galaxy.truth()
    assert truth.colnames == ["x_centroid", "y_centroid", "sky_centroid", "log_age", "log_mass",
                              "a_v", "log_r_h", "mag_F336W", "mag_F438W", "mag_F814W"]
    assert truth["a_v"].unit == truth["mag_F336W"].unit == u.mag
    assert all(truth[name].info.description for name in truth.colnames)
    assert len(truth) > 5


def test_truth_positions_are_those_of_the_part(galaxy):
    whole, part = galaxy.truth(), galaxy.truth(100, 150, 300, 260)
    inside = ((whole["x_centroid"] >= 99.5) & (whole["x_centroid"] < 399.5)
              & (whole["y_centroid"] >= 149.5) & (whole["y_centroid"] < 409.5))
    assert 0 < inside.sum() < len(whole)
    np.testing.assert_allclose(part["x_centroid"], whole["x_centroid"][inside] - 100)
    np.testing.assert_allclose(part["y_centroid"], whole["y_centroid"][inside] - 150)
    np.testing.assert_array_equal(part["log_mass"], whole["log_mass"][inside])
    found = galaxy.image(100, 150, 300, 260).wcs.world_to_pixel(part["sky_centroid"])
    np.testing.assert_allclose(found, [part["x_centroid"], part["y_centroid"]], atol=1e-6)


def test_parts_that_tile_the_image_share_out_its_clusters(galaxy):
    halves = [galaxy.truth(0, 0, 550, 300), galaxy.truth(0, 300, 550, 300)]
    assert sum(len(half) for half in halves) == len(galaxy.truth())


def test_there_is_a_cluster_where_the_truth_says(make_galaxy):
    with_clusters, without = (make_galaxy(cluster_density=density) for density in (40.0, 0.0))
    truth = with_clusters.truth()
    faint = truth["log_r_h"] > -0.9
    for row in truth[~faint]:
        x, y = int(row["x_centroid"].round()), int(row["y_centroid"].round())
        part = (max(x - 12, 0), max(y - 12, 0), 20, 20)
        if part[0] + 20 > 550 or part[1] + 20 > 600:
            continue
        light = [g.pixels(*part, noise=False).sum((1, 2)) for g in (with_clusters, without)]
        total = with_clusters.instrument["F438W"].flux(row["mag_F438W"].value)
        assert 0.4 * total < light[0][1] - light[1][1] < 4 * total


def test_clusters_leave_the_field_as_it_is(make_galaxy):
    with_clusters, without = (make_galaxy(cluster_density=density) for density in (40.0, 0.0))
    n = len(without._block(0, 0)[0][0])
    for a, b in zip(with_clusters._block(0, 0)[0], without._block(0, 0)[0], strict=True):
        np.testing.assert_array_equal(a[:n], b)


def test_no_clusters_make_an_empty_table_with_the_same_columns(galaxy, make_galaxy, tmp_path):
    empty = make_galaxy((64, 64), cluster_density=0).truth()
    assert (len(empty), empty.colnames) == (0, galaxy.truth().colnames)
    empty.write(tmp_path / "truth.ecsv")
    assert QTable.read(tmp_path / "truth.ecsv").colnames == empty.colnames


def test_truth_can_be_matched_with_a_catalogue(galaxy):
    truth = galaxy.truth()
    moved = truth.copy()
    moved["x_centroid"] += 0.5
    pairs = cross_match(truth, moved, radius=1)
    np.testing.assert_array_equal(pairs["index_a"], pairs["index_b"])
    assert len(pairs) == len(truth)
    assert len(cross_match(truth, truth, radius=0.01 * u.arcsec)) == len(truth)


def test_files_hold_the_pixels_and_their_places(galaxy, pixels, written):
    folder, paths = written
    assert sorted(p.name for p in folder.iterdir()) == ["F336W.fits", "F438W.fits", "F814W.fits",
                                                        "truth.ecsv"]
    image = MultiBandImage.read(paths)
    assert image.bands == galaxy.bands
    np.testing.assert_array_equal(image.data, pixels)
    sky = image.wcs.pixel_to_world([0, 549], [0, 599])
    assert np.all(sky.separation(galaxy.wcs.pixel_to_world([0, 549], [0, 599])).arcsec < 1e-8)


def test_files_are_valid_fits(written):
    for band, path in written[1].items():
        assert path.stat().st_size % 2880 == 0
        with fits.open(path) as hdus:
            hdus.verify("exception")
            assert len(hdus) == 1
            assert hdus[0].header["BUNIT"] == "electron/s"
            assert hdus[0].header["FILTER"] == band


def test_the_written_truth_is_the_truth(galaxy, written):
    found, expected = QTable.read(written[0] / "truth.ecsv"), galaxy.truth()
    assert found.colnames == expected.colnames
    for name in expected.colnames:
        if name == "sky_centroid":
            assert np.all(found[name].separation(expected[name]).arcsec < 1e-9)
        else:
            assert np.array_equal(found[name], expected[name])


def test_written_again_the_files_are_the_same(make_galaxy, written, tmp_path):
    folder, _ = written
    make_galaxy().write(tmp_path, progress=False)
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_no_more_than_a_row_of_blocks_is_held_at_once(make_galaxy, tmp_path, monkeypatch):
    galaxy = make_galaxy((3 * BLOCK - 100, 40), cluster_density=0)
    heights, pixels = [], galaxy.pixels
    monkeypatch.setattr(galaxy, "pixels", lambda *part: heights.append(part[3]) or pixels(*part))
    galaxy.write(tmp_path, progress=False)
    assert heights == [BLOCK, BLOCK, BLOCK - 100]


def test_every_block_is_made_once(make_galaxy, tmp_path):
    galaxy = make_galaxy((4 * BLOCK, BLOCK), cluster_density=0)
    galaxy.write(tmp_path, progress=False)
    # Four blocks, and those around them.
    assert galaxy._block.cache_info().misses == 3 * 6


def test_an_interrupted_write_leaves_nothing(make_galaxy, tmp_path, monkeypatch):
    galaxy = make_galaxy((2 * BLOCK, 40), cluster_density=0)
    pixels = galaxy.pixels

    def failing(x0, y0, nx, ny):
        if y0:
            raise KeyboardInterrupt
        return pixels(x0, y0, nx, ny)

    monkeypatch.setattr(galaxy, "pixels", failing)
    with pytest.raises(KeyboardInterrupt):
        galaxy.write(tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_shown_on_request(make_galaxy, tmp_path, capsys):
    galaxy = make_galaxy((16, 16), cluster_density=0)
    galaxy.write(tmp_path, progress=False)
    assert capsys.readouterr().err == ""
    galaxy.write(tmp_path)
    assert "1/1" in capsys.readouterr().err
