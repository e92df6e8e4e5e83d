"""Posteriors from magnitudes: known cases come back, bad tables are refused."""

import dataclasses

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.catalog import PARAMETERS
from clusternet.estimation import (
    AperturePhotometry,
    ClusterLibrary,
    ParameterEstimator,
    PhotometricEstimator,
    SizeCurve,
)
from clusternet.estimation.places import centres_of, pixels_of
from clusternet.images import Mosaic, MultiBandImage
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.psf import GaussianPSF
from clusternet.stars import LogNormalSpread, StellarPopulation

BANDS = ("F336W", "F438W", "F814W")


def made_up(n=20000, seed=1):
    """A library whose magnitudes follow from the parameters by a formula."""
    rng = np.random.default_rng(seed)
    log_age, a_v, log_mass = (rng.uniform(low, high, n)
                              for low, high in ((6.6, 10.1), (0, 3), (3.5, 5.5)))
    magnitudes = np.stack([
        25 - 2.5 * log_mass + (slope * (log_age - 6.6) + reddening * a_v) for slope, reddening in
        ((1.6, 1.64), (1.0, 1.35), (0.7, 0.61))], axis=-1)
    return ClusterLibrary(BANDS, {"log_age": log_age, "a_v": a_v, "log_mass": log_mass},
                          magnitudes, [23.46, 24.98, 24.67], 28.266)


def table_of(magnitudes, error=0.05, bands=BANDS):
    table = {}
    for band, values in zip(bands, np.atleast_2d(magnitudes).T, strict=True):
        table |= {f"mag_{band}": values, f"mag_{band}_err": np.full(len(values), error)}
    return QTable(table)


@pytest.fixture(scope="module")
def library():
    return made_up()


@pytest.fixture(scope="module")
def mocks():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec))


@pytest.fixture(scope="module")
def photometry(mocks):
    return AperturePhotometry(mocks, per_size=4)


def test_the_posterior_is_that_of_the_formula(library):
    truth = made_up(50, seed=2)
    noisy = truth.magnitudes + np.random.default_rng(3).normal(0, 0.05, truth.magnitudes.shape)
    posterior = PhotometricEstimator(library).from_magnitudes(table_of(noisy), progress=False)
    for name, rms in (("log_age", 0.35), ("log_mass", 0.3), ("a_v", 0.4)):
        error = posterior.mean(name) - truth.parameters[name]
        assert np.sqrt(np.mean(error**2)) < rms
        low, high = posterior.interval(name, 0.95)
        inside = (truth.parameters[name] >= low) & (truth.parameters[name] <= high)
        assert inside.mean() > 0.85


def test_a_missing_band_widens_and_a_missing_object_is_nan(library):
    magnitudes = made_up(3, seed=4).magnitudes.astype(float)
    magnitudes[1, 0] = np.nan
    magnitudes[2] = np.nan
    estimator = PhotometricEstimator(library)
    posterior = estimator.from_magnitudes(table_of(magnitudes), progress=False)
    assert np.isfinite(posterior.median("log_age")).tolist() == [True, True, False]
    assert np.isfinite(posterior.median("log_r_h")).tolist() == [True, True, False]
    assert np.isnan(posterior.median("log_visibility")).all()
    whole = estimator.from_magnitudes(table_of(made_up(3, seed=4).magnitudes), progress=False)
    low, high = posterior.interval("log_age")
    before = whole.interval("log_age")
    assert (high - low)[0] == pytest.approx((before[1] - before[0])[0])
    assert (high - low)[1] > (before[1] - before[0])[1]


def test_a_masked_magnitude_is_a_missing_one(library):
    magnitudes = made_up(1, seed=4).magnitudes.astype(float)
    masked = Table(table_of(magnitudes), masked=True)
    masked["mag_F336W"].mask = True
    magnitudes[0, 0] = np.nan
    estimator = PhotometricEstimator(library)
    np.testing.assert_array_equal(
        estimator.from_magnitudes(masked, progress=False).joint,
        estimator.from_magnitudes(table_of(magnitudes), progress=False).joint)


def test_a_single_band_in_magnitude_units_will_do(library):
    table = QTable({"mag_F814W": [18.0] * u.mag, "mag_F814W_err": [0.1] * u.mag})
    posterior = PhotometricEstimator(library).from_magnitudes(table, progress=False)
    assert np.isfinite(posterior.median("log_mass")[0])


@settings(max_examples=20, deadline=None)
@given(shift=st.floats(-2, 2), seed=st.integers(0, 100))
def test_distance_and_brightness_are_the_same_thing(shift, seed):
    library = made_up(2000)
    magnitudes = made_up(2, seed=seed).magnitudes
    here = PhotometricEstimator(library).from_magnitudes(table_of(magnitudes), progress=False)
    distance = 10 ** ((28.266 + shift) / 5 - 5) * u.Mpc
    there = PhotometricEstimator(library, distance=distance).from_magnitudes(
        table_of(magnitudes + shift), progress=False)
    np.testing.assert_allclose(there.median("log_mass"), here.median("log_mass"), atol=0.02)


def test_an_error_common_to_all_bands_leaves_colours_alone(library):
    magnitudes = made_up(1, seed=5).magnitudes
    estimator = PhotometricEstimator(library)
    sharp = estimator.from_magnitudes(table_of(magnitudes), progress=False)
    common = estimator.from_magnitudes(table_of(magnitudes), common_error=0.5,
                                       progress=False)
    independent = estimator.from_magnitudes(table_of(magnitudes, 0.5), progress=False)
    width = {key: np.diff(p.interval("log_mass"), axis=0)[0, 0] for key, p in
             {"sharp": sharp, "common": common, "independent": independent}.items()}
    assert width["sharp"] < width["common"]
    ages = [np.diff(p.interval("log_age"), axis=0)[0, 0] for p in (common, independent)]
    assert ages[0] < ages[1]


def test_the_weights_follow_the_whole_covariance(library):
    estimator = PhotometricEstimator(library)
    rng = np.random.default_rng(6)
    magnitudes, variance, grey = library.magnitudes[7].astype(float), rng.uniform(0.1, 1, 3), 0.3
    entries, weights = estimator._weights(magnitudes, variance, grey, np.arange(3))
    off = library.magnitudes[entries] - magnitudes
    inverse = np.linalg.inv(np.diag(variance) + grey)
    expected = np.exp(-0.5 * np.einsum("ni,ij,nj->n", off, inverse, off))
    np.testing.assert_allclose(weights, expected / expected.max(), rtol=1e-3, atol=1e-6)


def test_the_prior_weighs_entries(library):
    table = table_of(made_up(1, seed=8).magnitudes, error=1.0)
    flat = PhotometricEstimator(library).from_magnitudes(table, progress=False)
    steep = PhotometricEstimator(library, prior=lambda log_age, a_v, log_mass: 10**-log_mass)
    posterior = steep.from_magnitudes(table, progress=False)
    assert posterior.median("log_mass")[0] < flat.median("log_mass")[0]
    with pytest.raises(ValueError, match="prior"):
        PhotometricEstimator(library, prior=lambda log_age, a_v, log_mass: -log_mass)


def test_objects_unlike_the_library_are_wide_or_unknown(library):
    magnitudes = made_up(1, seed=9).magnitudes[[0, 0, 0]] + [[0, 0, 0], [1.0, 0, 0], [50, 0, -50]]
    posterior = PhotometricEstimator(library).from_magnitudes(table_of(magnitudes), progress=False)
    low, high = posterior.interval("log_mass", 0.95)
    assert (high - low)[1] > (high - low)[0]
    assert np.isnan(low[2])


def test_no_objects_give_an_empty_posterior(library):
    empty = table_of(np.zeros((0, 3)))
    assert len(PhotometricEstimator(library).from_magnitudes(empty, progress=False)) == 0


def test_bad_tables_are_refused(library):
    estimator = PhotometricEstimator(library)
    good = table_of(made_up(1).magnitudes)
    with pytest.raises(ValueError, match=r"no magnitude of the library's bands.*mag_V"):
        estimator.from_magnitudes({"mag_V": [20.0], "mag_V_err": [0.1]})
    with pytest.raises(ValueError, match="no column mag_F336W_err"):
        estimator.from_magnitudes({"mag_F336W": [20.0]})
    for error in (-0.1, np.nan):
        bad = good.copy()
        bad["mag_F438W_err"] = error
        with pytest.raises(ValueError, match=r"mag_F438W_err is .* in row 0"):
            estimator.from_magnitudes(bad)
    with pytest.raises(ValueError, match="mag_F438W is in Jy"):
        estimator.from_magnitudes({"mag_F438W": [1] * u.Jy, "mag_F438W_err": [1] * u.Jy})
    with pytest.raises(ValueError, match="common_error"):
        estimator.from_magnitudes(good, common_error=-1)
    with pytest.raises(ValueError, match="bandwidth"):
        PhotometricEstimator(library, bandwidth=0)


def test_a_library_is_kept_and_recognised(tmp_path, mocks):
    file = tmp_path / "library.npz"
    made = {"population": mocks.population, "reddenings": 2, "rng": 3, "progress": False}
    first = ClusterLibrary.draw(size=5, file=file, **made)
    stamp = file.stat().st_mtime_ns
    again = ClusterLibrary.draw(size=5, file=file, **made)
    assert file.stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(first.magnitudes, again.magnitudes)
    np.testing.assert_array_equal(first.parameters["a_v"], again.parameters["a_v"])
    assert again.bands == BANDS
    with pytest.raises(ValueError, match=r"other settings \(size = 5 there, 6 here\)"):
        ClusterLibrary.draw(size=6, file=file, **made)
    file.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is no library"):
        ClusterLibrary.read(file)


def test_a_library_holds_reddened_clusters_within_the_limits(mocks):
    parameters = ParameterSpace(log_age=(7.0, 7.0, 0.05), log_mass=(5.0, 5.0),
                                magnitude_limits={"F336W": 20.0})
    library = ClusterLibrary.draw(mocks.population, parameters, size=3, reddenings=50, rng=1,
                                  progress=False)
    a_v, f336w = library.parameters["a_v"], library.magnitudes[:, 0]
    assert f336w.max() < 20
    for first in np.unique((f336w - a_v * mocks.population.band_extinction[0]).round(2)):
        assert first < 20
    everything = ClusterLibrary.draw(
        mocks.population, dataclasses.replace(parameters, magnitude_limits={}), size=3,
        reddenings=50, rng=1, progress=False)
    assert len(everything) == 150 > len(library)


def test_libraries_that_make_no_sense_are_refused(mocks):
    with pytest.raises(ValueError, match="must be positive"):
        ClusterLibrary.draw(mocks.population, size=0)
    spread = StellarPopulation.__new__(StellarPopulation)
    spread.__setstate__({**vars(mocks.population), "extinction_spread": LogNormalSpread(0.3)})
    with pytest.raises(ValueError, match="from star to star"):
        ClusterLibrary.draw(spread, size=1)
    with pytest.raises(ValueError, match="no a_v, log_mass"):
        ClusterLibrary(BANDS, {"log_age": [7.0]}, [[1, 2, 3]], [1, 2, 3], 28)
    with pytest.raises(ValueError, match="no entry"):
        ClusterLibrary(BANDS, {n: [] for n in ("log_age", "a_v", "log_mass")}, np.zeros((0, 3)),
                       [1, 2, 3], 28)


def test_sizes_come_back_from_concentrations():
    log_r_h = np.linspace(-1.4, -0.4, 11)
    curve = SizeCurve(BANDS, log_r_h, 1.4 + log_r_h + 1.4, np.full(11, 0.02),
                      np.outer(-(log_r_h + 1.5), np.ones(3)), np.full(11, 0.03))
    centres = np.linspace(-1.35, -0.45, 10)
    sizes = curve.sizes(np.array([1.9, np.nan]), np.array([0.02, np.nan]), centres)
    assert sizes[0] @ centres == pytest.approx(-0.9, abs=0.05)
    np.testing.assert_allclose(sizes[1], 0.1)
    correction, error = curve.corrections(sizes, centres)
    np.testing.assert_allclose(correction[0], -0.6, atol=0.05)
    assert 0.03 <= error[0] < 0.1 < error[1]


@pytest.fixture(scope="module")
def scene(mocks, photometry):
    """Six clusters on faint noise, and their truth."""
    table, stamps = mocks.draw(6, size=64, rng=4)
    data = np.random.default_rng(5).normal(0, 1e-3, (3, 64, 384))
    for i in range(6):
        data[:, :, 64 * i:64 * i + 64] += stamps[i]
    truth = QTable({"x_centroid": table["x"] + 64 * np.arange(6), "y_centroid": table["y"]})
    for name in ("log_age", "log_mass", "a_v", "log_r_h", *(f"mag_{b}" for b in BANDS)):
        truth[name] = table[name]
    return MultiBandImage(data, BANDS, photometry._wcs()), truth


def test_light_of_mock_clusters_comes_back(scene, photometry):
    image, truth = scene
    found = photometry(image, truth["x_centroid"], truth["y_centroid"], progress=False)
    centres = np.linspace(-1.4, -0.4, 11)
    sizes = photometry.curve.sizes(found.concentration, found.concentration_err, centres)
    correction, correction_error = photometry.curve.corrections(sizes, centres)
    for i, band in enumerate(photometry.mocks.instrument):
        magnitude = band.magnitude(found.flux[:, i]) + correction[:, i]
        assert np.all(np.abs(magnitude - truth[f"mag_{band.name}"]) < 2.5 * correction_error)
    assert np.median(np.abs(sizes @ centres - truth["log_r_h"])) < 0.2
    assert np.median(correction_error) < 0.5
    assert (found.flux_err > 0).all()


def test_clusters_of_an_image_have_posteriors_of_everything(scene, photometry, mocks):
    image, truth = scene
    library = ClusterLibrary.draw(mocks.population, size=1000, rng=2, progress=False)
    estimator = PhotometricEstimator(library, photometry)
    assert isinstance(estimator, ParameterEstimator)
    posterior = estimator(image, truth, progress=False)
    error = posterior.median("log_mass") - truth["log_mass"]
    assert np.median(np.abs(error)) < 0.3
    columns = posterior.columns()
    assert all(np.isfinite(columns[name]).all() for name in PARAMETERS)
    assert estimator.meta["estimator"] == "PhotometricEstimator"
    brighter = PhotometricEstimator(library, photometry, zero_points=dict.fromkeys(BANDS, 22.0))
    assert np.all(brighter(image, truth, progress=False).median("log_mass")
                  > posterior.median("log_mass"))


def test_masked_and_cut_candidates_are_unknown(scene, photometry, library):
    image, truth = scene
    mask = np.zeros(image.shape[1:], dtype=bool)
    mask[30:34, 94:98] = True
    spoilt = MultiBandImage(image.data, BANDS, image.wcs, mask=mask)
    places = QTable({"x_peak": [truth["x_centroid"][0], truth["x_centroid"][1], 1.0],
                     "y_peak": [truth["y_centroid"][0], truth["y_centroid"][1], 30.0]})
    posterior = PhotometricEstimator(library, photometry)(spoilt, places, progress=False)
    for name in ("log_mass", "log_r_h", "log_visibility"):
        assert np.isfinite(posterior.median(name)).tolist() == [True, False, False]


def test_candidates_and_images_that_do_not_fit_are_refused(scene, photometry, library, tmp_path):
    image, truth = scene
    estimator = PhotometricEstimator(library, photometry)
    with pytest.raises(ValueError, match="no x_centroid, y_centroid"):
        estimator(image, QTable({"id": [1]}))
    with pytest.raises(ValueError, match="not finite"):
        estimator(image, QTable({"x_centroid": [np.nan], "y_centroid": [3.0]}))
    with pytest.raises(ValueError, match="no F336W"):
        estimator(image.select(["F438W", "F814W"]), truth)
    path = tmp_path / "image.fits"
    image.write(path)
    with (Mosaic.open(path) as mosaic,
          pytest.raises(ValueError, match=r"in memory; read it with MultiBandImage\.read")):
        estimator(mosaic, truth)
    nobody = QTable({"x_centroid": np.zeros(0), "y_centroid": np.zeros(0)})
    assert len(estimator(image, nobody, progress=False)) == 0


def test_apertures_lie_around_centroids_and_windows_around_peaks():
    both = QTable({"x_centroid": [3.4], "y_centroid": [5.2], "x_peak": [4], "y_peak": [6]})
    assert [values.tolist() for values in centres_of(both)] == [[3.4], [5.2]]
    assert [values.tolist() for values in pixels_of(both)] == [[4], [6]]
    peaks, centroids = both["x_peak", "y_peak"], both["x_centroid", "y_centroid"]
    assert [values.tolist() for values in centres_of(peaks)] == [[4.0], [6.0]]
    assert [values.tolist() for values in pixels_of(centroids)] == [[3], [5]]


def test_bad_apertures_are_refused(mocks):
    for wrong in ({"radius": 0}, {"concentration": (3, 1)}, {"annulus": (8, 40)},
                  {"concentration_band": "F555W"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            AperturePhotometry(mocks, **wrong)
