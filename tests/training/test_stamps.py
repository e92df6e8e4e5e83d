"""Stamps and backgrounds of a training: made once, kept, and again the same from their seed."""

import numpy as np
import pytest
from astropy import units as u

from clusternet.galaxy import GalaxyStructure
from clusternet.mocks import MockClusters
from clusternet.psf import GaussianPSF
from clusternet.stars import SalpeterIMF
from clusternet.training import (
    WIDE_STRUCTURES,
    StructurePrior,
    TrainingData,
    WindowRecipe,
    make_training_data,
)
from clusternet.training.backgrounds import make_backgrounds
from clusternet.training.kinds import ALIASED, ASSOCIATION, BACKGROUND, CLUSTER, OFFCENTRE, STARS
from clusternet.training.stamps import make_stamps
from clusternet.training.structures import MODEL_STRUCTURES

NUMBERS = {CLUSTER: 6, OFFCENTRE: 5, STARS: 4, ASSOCIATION: 2}


class Sparse(StructurePrior):
    """Galaxies with few stars, which are made at once."""

    name = "sparse"

    def __call__(self, rng):
        return GalaxyStructure(disc_density=2, bulge_density=0, young_density=0.02)


@pytest.fixture(scope="module")
def mocks():
    """Mock clusters with a PSF that is made at once."""
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec))


@pytest.fixture(scope="module")
def blurred():
    """Mock clusters with a wider PSF."""
    return MockClusters(psf=GaussianPSF(0.12 * u.arcsec))


@pytest.fixture
def stamps(tmp_path, mocks):
    """Return a function that makes stamps."""

    def stamps(numbers=NUMBERS, source=mocks, folder=tmp_path, **options):
        return make_stamps(folder, numbers, source, progress=False, **{"chunk": 3, **options})

    return stamps


@pytest.fixture
def parts(tmp_path, mocks):
    """Return a function that makes backgrounds."""

    def parts(source=mocks, folder=tmp_path, **options):
        settings = {"galaxies": 1, "patches": 1, "size": 64, "structure": Sparse(), "rng": 3}
        return make_backgrounds(folder, source, progress=False, **settings | options)

    return parts


def test_every_kind_gets_its_stamps(stamps):
    found = stamps()
    # Whole chunks are made.
    assert {kind: len(images) for kind, (_, images) in found.items()} == {
        CLUSTER: 6, OFFCENTRE: 6, STARS: 6, ASSOCIATION: 3}
    for _, images in found.values():
        assert images.shape[1:] == (3, 64, 64)
        assert np.isfinite(images).all()


def test_clusters_are_centred_and_the_others_are_not(stamps):
    found = stamps({CLUSTER: 12, OFFCENTRE: 12}, chunk=12)
    distance = {kind: np.hypot(table["x"] - 32, table["y"] - 32)
                for kind, (table, _) in found.items()}
    assert distance[CLUSTER].max() <= 1.5
    assert distance[OFFCENTRE].min() >= 4


def test_aliased_clusters_lie_whole_strides_off_the_centre(stamps):
    table, _ = stamps({ALIASED: 20}, chunk=20, rng=3)[ALIASED]
    for axis in "xy":
        offset = table[axis] - 32
        assert np.abs(offset - 16 * np.round(offset / 16)).max() <= 2
    assert np.hypot(table["x"] - 32, table["y"] - 32).min() >= 14


def test_a_background_has_no_stamps(stamps):
    with pytest.raises(TypeError, match="'background' are backgrounds alone"):
        stamps({BACKGROUND: 1})


def test_stamps_are_kept_and_come_back(stamps, tmp_path):
    first = stamps()
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    again = stamps()
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    for kind in NUMBERS:
        np.testing.assert_array_equal(first[kind].table, again[kind].table)
        np.testing.assert_array_equal(first[kind].images, again[kind].images)


def test_seeds_make_stamps_and_the_order_of_the_kinds_does_not_matter(stamps, tmp_path):
    numbers = {CLUSTER: 3, OFFCENTRE: 3}
    a, b, c = (stamps(dict(order), folder=tmp_path / name, rng=rng) for name, order, rng in (
        ("a", numbers.items(), 1), ("b", reversed(numbers.items()), 1), ("c", numbers.items(), 2)))
    for kind in numbers:
        np.testing.assert_array_equal(a[kind].images, b[kind].images)
    assert not np.array_equal(a[CLUSTER].images, c[CLUSTER].images)
    assert not np.array_equal(a[CLUSTER].table["log_mass"], a[OFFCENTRE].table["log_mass"])


def test_stamps_can_have_any_size_and_another_psf(stamps, blurred, tmp_path):
    sharp = stamps({CLUSTER: 6}, chunk=6, size=96)[CLUSTER]
    wide = stamps({CLUSTER: 6}, blurred, tmp_path / "wide", chunk=6, size=96)[CLUSTER]
    assert sharp.images.shape == (6, 3, 96, 96)
    np.testing.assert_array_equal(sharp.table, wide.table)
    assert (wide.images.max((2, 3)) < sharp.images.max((2, 3))).mean() > 0.9


def with_other_imf():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec), imf=SalpeterIMF())


def test_stamps_of_other_mock_clusters_are_refused(stamps):
    stamps({CLUSTER: 2}, chunk=2)
    with pytest.raises(ValueError, match=r"other settings \(imf = 'KroupaIMF.* there, 'Salpeter"):
        stamps({CLUSTER: 2}, with_other_imf(), chunk=2)


@pytest.mark.parametrize(("name", "changed"), [("chunk", {"chunk": 3}), ("size", {"size": 96}),
                                               ("seed", {"rng": 2})])
def test_stamps_of_other_settings_are_refused(stamps, name, changed):
    stamps({STARS: 2}, chunk=2)
    with pytest.raises(ValueError, match=rf"made with other settings \({name} = "):
        stamps({STARS: 2}, **{"chunk": 2, **changed})


def test_backgrounds_are_kept_and_come_back(parts, tmp_path):
    first = parts(galaxies=2)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    again = parts(galaxies=2)
    assert sorted(path.name for path in times) == ["galaxy-000-000-64.npy", "galaxy-001-000-64.npy"]
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    np.testing.assert_array_equal(first, again)
    assert np.shape(first) == (2, 3, 64, 64)


def test_backgrounds_can_be_without_noise_and_through_another_psf(parts, blurred, tmp_path):
    noisy = parts()[0]
    clean = parts(folder=tmp_path / "clean", noise=False)[0]
    wide = parts(blurred, tmp_path / "wide", noise=False)[0]
    rough = [np.abs(np.diff(image)).mean() for image in (noisy, clean)]
    assert rough[0] > rough[1]
    assert not np.array_equal(clean, wide)
    np.testing.assert_allclose(clean.mean(), wide.mean(), rtol=0.05)


def test_a_part_of_a_galaxy_does_not_depend_on_the_others(parts, tmp_path):
    few, many = parts(), parts(folder=tmp_path / "many", patches=2)
    np.testing.assert_array_equal(few[0], many[0])
    assert not np.array_equal(many[0], many[1])


def test_backgrounds_of_other_mock_clusters_or_galaxies_are_refused(parts):
    class Dusty(Sparse):
        def __call__(self, rng):
            return GalaxyStructure(disc_density=2, bulge_density=0, young_density=0.02, dust=9.0)

    parts()
    with pytest.raises(ValueError, match=r"other settings \(imf = "):
        parts(with_other_imf())
    with pytest.raises(ValueError, match=r"structure\.dust = .* there, 9\.0 here"):
        parts(structure=Dusty())


def test_backgrounds_without_settings_are_refused(parts, tmp_path):
    parts()
    (tmp_path / "settings.json").unlink()
    with pytest.raises(ValueError, match=r"no settings\.json beside the parts of galaxies in"):
        parts()


def test_training_data_of_a_recipe(mocks, blurred, tmp_path):
    recipe = WindowRecipe(clusters=2, offcentre=2, stars=2, associations=2, aliased=2, chunk=2,
                          galaxies=1, patches=1, patch_size=64)
    first, second = make_training_data(recipe, tmp_path, [mocks, blurred], structure=Sparse(),
                                       progress=False)
    numbers = {kind.name: len(stamps.images) for kind, stamps in first.foregrounds.items()}
    assert numbers == dict.fromkeys(
        ("cluster", "offcentre", "stars", "association", "aliased"), 2)
    assert not np.array_equal(first.foregrounds[CLUSTER].table, second.foregrounds[CLUSTER].table)
    assert first.instrument == mocks.instrument
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "backgrounds-0-sparse", "backgrounds-1-sparse", "stamps-0", "stamps-1"]


@pytest.mark.parametrize(("change", "message"), [
    ({"foregrounds": {STARS: (None, np.ones((5, 2, 8, 8)))}},
     r"stamps of stars have shape \(5, 2, 8, 8\); expected \(n, 3, size, size\)"),
    ({"foregrounds": {STARS: (np.zeros(4), np.ones((5, 3, 8, 8)))}}, "4 rows for 5 stamps"),
    ({"backgrounds": []}, "no backgrounds"),
    ({"backgrounds": [np.ones((9, 9))]}, r"background 0 has shape \(9, 9\)"),
    ({"masks": [np.zeros((8, 9), bool)]}, r"masks have shapes \[\(8, 9\)\]; give one for each"),
])
def test_training_data_that_do_not_fit_are_refused(change, message):
    parts = {"foregrounds": {STARS: (None, np.ones((5, 3, 8, 8)))},
             "backgrounds": [np.ones((3, 9, 9))]}
    with pytest.raises(ValueError, match=message):
        TrainingData(**parts | change)


def test_structures_are_drawn_widely_around_the_default():
    drawn = [MODEL_STRUCTURES(np.random.default_rng(seed)) for seed in range(200)]
    base = GalaxyStructure()
    for name in ("disc_density", "dust", "young_density", "arm_width"):
        ratio = np.array([getattr(one, name) for one in drawn]) / getattr(base, name)
        assert ratio.min() < 0.8
        assert ratio.max() > 1.3
    assert MODEL_STRUCTURES(np.random.default_rng(4)) == drawn[4]


def test_wide_structures_hold_those_of_m83():
    drawn = [WIDE_STRUCTURES(np.random.default_rng(seed)) for seed in range(300)]
    for name, lowest, highest in (("arm_contrast", 5, 250), ("arm_width", 0.2, 0.5),
                                  ("young_density", 0.22, 2.0), ("dust_offset", 0.25, 0.35)):
        values = np.array([getattr(one, name) for one in drawn])
        assert values.min() < lowest
        assert values.max() > highest
    assert {one.association_log_age[1] for one in drawn} == {7.0, 7.5, 8.3}


def test_structure_priors_have_different_settings():
    plain, wide = MODEL_STRUCTURES.settings(), WIDE_STRUCTURES.settings()
    assert plain.keys() == wide.keys()
    assert (plain["structure"], wide["structure"]) == ("model", "wide")
