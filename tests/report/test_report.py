"""Reports: what is on the page, and what it was made from."""

import re

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.catalog import ClusterFlag, make_catalogue, read_catalogue, write_catalogue
from clusternet.cli import main
from clusternet.detection import Detector
from clusternet.estimation import ParameterEstimator
from clusternet.galaxy import M83
from clusternet.images import MultiBandImage
from clusternet.injection import run_trial
from clusternet.mocks import MockClusters
from clusternet.nn import DenseNetwork, write_network
from clusternet.pipeline.demo import make_field
from clusternet.posterior import ParameterBins, Posterior
from clusternet.psf import GaussianPSF
from clusternet.report import Page, catalogue_page, network_page

PARAMETERS = ("visibility", "log_age", "log_mass", "a_v", "log_r_h")


@pytest.fixture(scope="module")
def mocks():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec))


@pytest.fixture(scope="module")
def empty(mocks):
    pixels = np.random.default_rng(5).normal(0.02, 0.01, (3, 300, 300))
    return MultiBandImage(pixels, mocks.instrument.bands, M83.wcs((300, 300), 0.0396 * u.arcsec))


class Oracle(Detector):
    """Finds the brightest pixels of a coarse grid, and knows nothing else of them."""

    def __call__(self, image, *, progress=True):
        blocks = image.data[1, :288, :288].reshape(12, 24, 12, 24).swapaxes(1, 2).reshape(144, -1)
        best = blocks.argmax(1)
        rng = np.random.default_rng(1)
        values = {name: rng.uniform(6, 7, 144) for name in PARAMETERS}
        values |= {"x_centroid": np.arange(144) % 12 * 24 + best % 24,
                   "y_centroid": np.arange(144) // 12 * 24 + best // 24,
                   "class_cb": np.clip(blocks.max(1), 0, 1)}
        return make_catalogue(values, image.wcs)


class Flat(ParameterEstimator):
    """Knows nothing: flat posteriors."""

    def __call__(self, image, candidates, progress=True):
        bins = ParameterBins()
        return Posterior(bins, {name: np.ones((len(candidates), n))
                                for name, n in bins.group_sizes.items()})


@pytest.fixture(scope="module")
def trial(mocks, empty):
    return run_trial(Oracle(), Flat(), mocks=mocks, image=empty, clusters=40, rng=3, progress=False)


def cells(html, caption):
    """Rows of cells of the table with a caption."""
    table = next(t for t in re.findall(r"<table>.*?</table>", html) if caption in t)
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>.*?</tr>", table)]


def test_a_page_holds_text_tables_and_pictures_and_needs_no_other_file(tmp_path):
    page = Page("Clusters <of> M83")
    page.section("Sizes & masses")
    page.text("5 < 6")
    page.table(QTable({"n": [1, 2], "size": [0.12345, np.nan] * u.arcsec}), "Two")
    page.table({"seed": 3})
    figure = Figure((2, 1))
    figure.add_subplot().plot([1, 2])
    page.figure(figure, "A line")
    page.write(tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<title>Clusters &lt;of&gt; M83</title>" in html
    assert "<h2>Sizes &amp; masses</h2>" in html
    assert "5 &lt; 6" in html
    assert "<th>size [arcsec]</th>" in html
    assert cells(html, "Two")[1:] == [["1", "0.123"], ["2", "–"]]
    assert "<td>seed</td><td>3</td>" in html
    assert 'src="data:image/png;base64,iVBOR' in html
    assert not re.search(r'(src|href)="(?!data:)', html)


def test_a_trial_counts_away_from_the_borders_only(trial):
    assert 15 < len(trial.truth) < 40
    for table in (trial.truth, trial.found):
        assert all(table[name].min() >= 32 and table[name].max() < 268
                   for name in ("x_centroid", "y_centroid"))
    assert trial.area.to_value(u.arcmin**2) == pytest.approx((236 * 0.0396 / 60) ** 2)
    found = trial.matched["found"]
    assert 0 < found.sum() == len(trial.posterior)
    assert len(trial.unmatched) == len(trial.found) - found.sum()


def test_a_trial_is_repeatable(trial, mocks, empty):
    again, other = (run_trial(Oracle(), mocks=mocks, image=empty, clusters=40, rng=seed,
                              progress=False) for seed in (3, 4))
    for name in ("x_centroid", "log_mass", "visibility", "class_cb"):
        np.testing.assert_array_equal(again.matched[name], trial.matched[name])
    assert not np.array_equal(other.truth["x_centroid"], trial.truth["x_centroid"])
    assert again.posterior is None


def test_clusters_are_put_on_good_pixels(mocks, empty):
    mask = np.zeros((300, 300), bool)
    mask[:, :200] = True
    half = MultiBandImage(empty.data, empty.bands, empty.wcs, mask=mask)
    trial = run_trial(Oracle(), mocks=mocks, image=half, clusters=30, rng=1, progress=False)
    assert trial.truth["x_centroid"].min() > 199
    mask[:] = True
    mask[:2, :2] = False
    with pytest.raises(ValueError, match="good pixels for 0 of 30 clusters"):
        run_trial(Oracle(), mocks=mocks, image=MultiBandImage(
            empty.data, empty.bands, empty.wcs, mask=mask), clusters=30, progress=False)


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"detector": "dense"}, TypeError, "'dense' is no detector"),
    ({"clusters": 0}, ValueError, "clusters is 0; give 1 or more")])
def test_impossible_trials_are_refused(options, error, message, mocks, empty):
    options = {"detector": Oracle(), "clusters": 5, **options}
    with pytest.raises(error, match=message):
        run_trial(**options, mocks=mocks, image=empty, progress=False)


def test_too_small_an_image_is_refused(mocks, empty):
    with pytest.raises(ValueError, match="60 x 300 px; the 32 px at its borders do not count"):
        run_trial(Oracle(), mocks=mocks, image=empty.cutout((150, 150), (300, 60)),
                  progress=False)


def test_the_page_of_a_network_says_what_the_trial_says(trial):
    html = network_page(trial, title="Oracle", settings={"weights": "none"}, class_cb=0.2,
                        baselines={"the same": trial}).html()
    n = np.count_nonzero((trial.matched["class_cb"] > 0.2) & trial.matched["found"])
    assert f"{n} of the clusters found within 3 px above a class of 0.2" in html
    for title in ("Finding", "Completeness function", "Parameters", "Uncertainties", "Controls",
                  "How it was made"):
        assert f"<h2>{title}</h2>" in html
    rows = cells(html, "Fraction of central intervals")[1:]
    assert {row[0] for row in rows} == {"log_visibility", "log_age", "log_mass", "a_v", "log_r_h"}
    assert "<td>weights</td><td>none</td>" in html
    trends = cells(html, "the mocks put in have none")[1:]
    assert [row[0] for row in trends] == ["log_age", "log_mass", "a_v", "log_r_h"]
    assert trends[0][1] == str(n)
    assert html.count("<img ") == 5


def test_the_page_of_a_catalogue_counts_it(tmp_path):
    rng = np.random.default_rng(2)
    n = 50
    values = {name: rng.uniform(6, 7, n) for name in PARAMETERS}
    values |= {f"{name}_{end}": values[name] + sign for name in PARAMETERS
               for end, sign in (("lo", -0.1), ("hi", 0.3))}
    values |= {"x_centroid": rng.uniform(0, 99, n), "y_centroid": rng.uniform(0, 99, n),
               "class_cb": np.linspace(0, 1, n), "visibility": np.full(n, 2.6),
               "flags": np.where(np.arange(n) < 7, ClusterFlag.EDGE.value, 0)}
    catalogue = make_catalogue(values, M83.wcs((100, 100), 0.0396 * u.arcsec), distance=4.5 * u.Mpc,
                               meta={"detector": "none", "nested": {"a": 1}})
    html = catalogue_page(catalogue, class_cb=0.5, visibility=2.5).html()
    assert "50 candidates, 25 of them with class &gt; 0.5" in html
    assert ["class &gt; 0.5", "25", "25", "25", "0"] in cells(html, "thresholds of class")
    assert ["edge", "7", "0"] in cells(html, "Warnings")
    age = next(row for row in cells(html, "16-84 % ranges") if row[:1] == ["log_age"])
    assert float(age[4]) == pytest.approx(0.2)
    assert "<td>nested: a</td><td>1</td>" in html
    write_catalogue(catalogue, tmp_path / "c.ecsv")
    assert main(["report", str(tmp_path / "c.ecsv"), "--out", str(tmp_path / "r.html")]) == 0
    assert "Report on c.ecsv" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_weights_are_reported_on_with_clusters_put_into_an_image(empty, tmp_path):
    network = DenseNetwork(empty.bands, 0.0396 * u.arcsec, (23.46, 24.98, 24.67))  # finds nothing
    write_network(network, tmp_path / "w.safetensors")
    words = []
    for band in empty.bands:
        empty.select(band).write(tmp_path / f"{band}.fits")
        words.append(f"{band}={tmp_path / band}.fits")
    assert main(["report", str(tmp_path / "w.safetensors"), "--image", *words, "--section",
                 "20:220,0:200", "--clusters", "9", "--baselines", "--no-progress",
                 "--out", str(tmp_path / "r.html")]) == 0
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Artificial cluster test of w.safetensors" in html
    assert "0 of the clusters found within 3 px" in html
    assert "<td>clusters</td><td>9</td>" in html


def test_the_domain_score_of_a_search_is_on_the_page(tmp_path):
    image, words = make_field(140, rng=3)[0], []
    for band in image.bands:
        image.select(band).write(tmp_path / f"{band}.fits")
        words.append(f"{band}={tmp_path / band}.fits")
    assert main(["search", *words, "--out", str(tmp_path / "out"), "--class", "0",
                 "--no-progress"]) == 0
    for name in ("catalogue.ecsv", "candidates.fits"):
        catalogue = read_catalogue(tmp_path / "out" / name)
        assert main(["report", str(tmp_path / "out" / name), "--out",
                     str(tmp_path / "r.html")]) == 0
        html = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert "<h2>Unlike the training</h2>" in html
        assert "Distribution of the score" in html
        row = next(row for row in cells(html, "spread evenly") if row[:1] == ["candidates"])
        score, flags = catalogue["out_of_domain"], catalogue["flags"]
        assert row[1] == str(len(catalogue)) != "0"
        assert [float(cell) for cell in row[2:]] == pytest.approx(
            [np.median(score), np.mean(score >= 0.9), np.mean(score >= 0.99),
             np.mean((flags & ClusterFlag.OUT_OF_DOMAIN) != 0)], abs=0.006)


def test_without_statistics_of_the_training_there_is_no_score():
    values = {name: [1.0] for name in (*PARAMETERS, "x_centroid", "y_centroid", "class_cb")}
    catalogue = make_catalogue({**values, "out_of_domain": [np.nan]},
                               M83.wcs((99, 99), 0.0396 * u.arcsec))
    assert "No candidate has a score" in catalogue_page(catalogue).html()


def test_an_empty_catalogue_has_a_page():
    values = {name: [] for name in (*PARAMETERS, "x_centroid", "y_centroid", "class_cb")}
    html = catalogue_page(make_catalogue(values, M83.wcs((100, 100), 0.0396 * u.arcsec))).html()
    assert "0 candidates, 0 of them" in html


def test_what_is_no_catalogue_is_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match="is no cluster catalogue"):
        catalogue_page(QTable({"a": [1]}))
    assert main(["report", str(tmp_path / "none.ecsv"), "--out", str(tmp_path / "r.html")]) == 2
    assert "none.ecsv" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_a_catalogue_without_estimates_has_a_page():
    n = 5
    values = {"x_centroid": np.arange(n), "y_centroid": np.arange(n), "class_cb": np.ones(n),
               "visibility": np.full(n, 9.0), "significance": np.full(n, 7.0)}
    html = catalogue_page(make_catalogue(values, M83.wcs((9, 9), 0.04 * u.arcsec))).html()
    assert cells(html, "Medians and 16-84 %")[2] == ["log_age", "–", "–", "–", "–"]
    assert "<td>significance</td><td></td><td>7</td>" in html
