"""Stamps and backgrounds of a training: made once, kept, and again the same from their seed."""

import numpy as np
import pytest
from astropy import units as u

from clusternet.galaxy import GalaxyStructure, SyntheticGalaxy
from clusternet.mocks import MockClusters
from clusternet.psf import GaussianPSF
from clusternet.stars import SalpeterIMF
from clusternet.training import stamps as training_data
from clusternet.training.stamps import (
    draw_structure,
    draw_wide_structure,
    make_backgrounds,
    make_foregrounds,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A PSF that is made at once, and galaxies with few stars."""
    mocks = {psf: MockClusters(psf=GaussianPSF(width * u.arcsec))
             for psf, width in (("sharp", 0.08), ("mean", 0.12))}
    monkeypatch.setattr(training_data, "_mocks", mocks.get)
    sparse = GalaxyStructure(disc_density=2, bulge_density=0, young_density=0.02)
    monkeypatch.setattr(
        training_data, "SyntheticGalaxy",
        lambda shape, mocks, structure, rng: SyntheticGalaxy(shape, mocks, structure=sparse,
                                                             rng=rng))


NUMBERS = {"cluster": 6, "offcentre": 5, "stars": 4, "association": 2}


def test_every_kind_gets_its_stamps(tmp_path):
    found = make_foregrounds(tmp_path, NUMBERS, chunk=3, seed=1, workers=1)
    # Whole chunks are made.
    assert {kind: len(images) for kind, (_, images) in found.items()} == {
        "cluster": 6, "offcentre": 6, "stars": 6, "association": 3}
    for _, images in found.values():
        assert images.shape[1:] == (3, 64, 64)
        assert np.isfinite(images).all()


def test_clusters_are_centred_and_the_others_are_not(tmp_path):
    found = make_foregrounds(tmp_path, {"cluster": 12, "offcentre": 12}, 12, 1, workers=1)
    distance = {kind: np.hypot(table["x"] - 32, table["y"] - 32)
                for kind, (table, _) in found.items()}
    assert distance["cluster"].max() <= 1.5
    assert distance["offcentre"].min() >= 4


def test_stamps_are_kept_and_come_back(tmp_path):
    first = make_foregrounds(tmp_path, NUMBERS, 3, 1, workers=1)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    again = make_foregrounds(tmp_path, NUMBERS, 3, 1, workers=1)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == times
    for kind in NUMBERS:
        np.testing.assert_array_equal(first[kind][0], again[kind][0])
        np.testing.assert_array_equal(first[kind][1], again[kind][1])


def test_a_seed_makes_the_stamps_and_kinds_have_seeds_of_their_own(tmp_path):
    numbers = {"cluster": 3, "offcentre": 3}
    a, b, c = (make_foregrounds(tmp_path / name, numbers, 3, seed, workers=1)
               for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    np.testing.assert_array_equal(a["cluster"][1], b["cluster"][1])
    assert not np.array_equal(a["cluster"][1], c["cluster"][1])
    assert not np.array_equal(a["cluster"][0]["log_mass"], a["offcentre"][0]["log_mass"])


def test_backgrounds_are_kept_and_come_back(tmp_path):
    made = []
    first, again = (make_backgrounds(tmp_path, 2, 1, 64, seed=3, workers=1, progress=made.append)
                    for _ in range(2))
    files = sorted(path.name for path in (tmp_path / "backgrounds-3-sharp").glob("*.npy"))
    assert files == ["galaxy-000-000-64.npy", "galaxy-001-000-64.npy"]
    assert [path.name for path in made] == files * 2
    np.testing.assert_array_equal(first, again)
    assert np.shape(first) == (2, 3, 64, 64)


def test_backgrounds_can_be_without_noise_and_through_another_psf(tmp_path):
    noisy, clean, wide = (make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1, **options)[0]
                          for options in ({}, {"noise": False}, {"noise": False, "psf": "mean"}))
    rough = [np.abs(np.diff(image)).mean() for image in (noisy, clean, wide)]
    assert rough[0] > rough[1]
    assert not np.array_equal(clean, wide)
    np.testing.assert_allclose(clean.mean(), wide.mean(), rtol=0.05)


def test_stamps_can_have_any_size_and_another_psf(tmp_path):
    sharp, wide = (make_foregrounds(tmp_path / psf, {"cluster": 6}, 6, 1, workers=1, size=96,
                                    psf=psf)["cluster"] for psf in ("sharp", "mean"))
    assert sharp[1].shape == (6, 3, 96, 96)
    np.testing.assert_array_equal(sharp[0], wide[0])
    assert (wide[1].max((2, 3)) < sharp[1].max((2, 3))).mean() > 0.9


def test_a_part_of_a_galaxy_does_not_depend_on_the_others(tmp_path):
    few = make_backgrounds(tmp_path / "few", 1, 1, 64, seed=3, workers=1)
    many = make_backgrounds(tmp_path / "many", 1, 2, 64, seed=3, workers=1)
    np.testing.assert_array_equal(few[0], many[0])
    assert not np.array_equal(many[0], many[1])


def test_structures_are_drawn_widely_around_the_default():
    drawn = [draw_structure(np.random.default_rng(seed)) for seed in range(200)]
    base = GalaxyStructure()
    for name in ("disc_density", "dust", "young_density", "arm_width"):
        ratio = np.array([getattr(one, name) for one in drawn]) / getattr(base, name)
        assert ratio.min() < 0.8
        assert ratio.max() > 1.3
    assert draw_structure(np.random.default_rng(4)) == drawn[4]


def test_aliased_clusters_lie_whole_strides_off_the_centre(tmp_path):
    table, _ = make_foregrounds(tmp_path, {"aliased": 20}, 20, 3, workers=1)["aliased"]
    for axis in "xy":
        offset = table[axis] - 32
        assert np.abs(offset - 16 * np.round(offset / 16)).max() <= 2
    assert np.hypot(table["x"] - 32, table["y"] - 32).min() >= 14


def test_wide_structures_hold_those_of_m83():
    drawn = [draw_wide_structure(np.random.default_rng(seed)) for seed in range(300)]
    for name, lowest, highest in (("arm_contrast", 5, 250), ("arm_width", 0.2, 0.5),
                                  ("young_density", 0.22, 2.0), ("dust_offset", 0.25, 0.35)):
        values = np.array([getattr(one, name) for one in drawn])
        assert values.min() < lowest
        assert values.max() > highest
    assert {one.association_log_age[1] for one in drawn} == {7.0, 7.5, 8.3}


def test_structures_of_backgrounds_can_be_chosen(tmp_path):
    plain, wide = (make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1, structure=structure)[0]
                   for structure in ("model", "wide"))
    assert not np.array_equal(plain, wide)


def with_other_imf():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec), imf=SalpeterIMF())


def test_stamps_of_other_mock_clusters_are_refused(tmp_path, monkeypatch):
    make_foregrounds(tmp_path, {"cluster": 2}, 2, 1, workers=1)
    monkeypatch.setattr(training_data, "_mocks", lambda psf: with_other_imf())
    with pytest.raises(ValueError, match=r"other settings \(imf = 'KroupaIMF.* there, 'Salpeter"):
        make_foregrounds(tmp_path, {"cluster": 2}, 2, 1, workers=1)


@pytest.mark.parametrize(("name", "changed"), [("chunk", {"chunk": 3}), ("size", {"size": 96}),
                                               ("psf", {"psf": "mean"}), ("seed", {"seed": 2})])
def test_stamps_of_other_settings_are_refused(tmp_path, name, changed):
    settings = {"chunk": 2, "seed": 1, "workers": 1}
    make_foregrounds(tmp_path, {"stars": 2}, **settings)
    with pytest.raises(ValueError, match=rf"made with other settings \({name} = "):
        make_foregrounds(tmp_path, {"stars": 2}, **settings | changed)


def test_backgrounds_of_other_mock_clusters_or_galaxies_are_refused(tmp_path, monkeypatch):
    make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1)
    with monkeypatch.context() as patch:
        patch.setattr(training_data, "_mocks", lambda psf: with_other_imf())
        with pytest.raises(ValueError, match=r"other settings \(imf = "):
            make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1)
    dustier = {"model": lambda rng: GalaxyStructure(dust=9.0)}
    monkeypatch.setattr(training_data, "STRUCTURES", dustier)
    with pytest.raises(ValueError, match=r"structure\.dust = .* there, 9\.0 here"):
        make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1)


def test_backgrounds_that_nothing_tells_of_are_refused(tmp_path):
    make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1)
    (tmp_path / "backgrounds-3-sharp" / "settings.json").unlink()
    with pytest.raises(ValueError, match="nothing tells how the parts of galaxies in"):
        make_backgrounds(tmp_path, 1, 1, 64, 3, workers=1)
