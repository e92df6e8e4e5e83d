"""Settings of mock clusters: complete, stable, and named."""

import json
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from dust_extinction.averages import G24_SMCAvg
from hypothesis import given
from hypothesis import strategies as st

from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks import MockClusters, ParameterSpace, StampBank
from clusternet.mocks.settings import rounded_digest
from clusternet.profiles import EFFFamily
from clusternet.psf import GaussianPSF
from clusternet.stars import (
    ChabrierIMF,
    ExtinctionLaw,
    ForegroundScreen,
    IsochroneSet,
    KroupaIMF,
    LogNormalSpread,
    MixedSlab,
    OptimalSampling,
    PadovaIsochrones,
)

PSF = GaussianPSF(0.08 * u.arcsec)


def make(**parts):
    return MockClusters(**{"psf": PSF} | parts)


def brighter(isochrone):
    """The same stars, in one band brighter by 0.01 mag."""
    magnitudes = isochrone.magnitudes | {"F438W": isochrone.magnitudes["F438W"] - 0.01}
    return replace(isochrone, magnitudes=magnitudes)


def own_isochrones(change=lambda isochrone: isochrone):
    packaged = PadovaIsochrones()
    return IsochroneSet([change(packaged.isochrone(age)) for age in packaged.tabulated_log_ages],
                        log_age_range=(6.72, 10.08))


def with_bands(**changes):
    camera = wfc3_uvis()
    bands = [replace(band, **changes) if band.name == "F336W" else band for band in camera]
    return Instrument(camera.name, bands, camera.pixel_scale)


AGES = ParameterSpace(log_age=(6.8, 10.0, 0.2))
COARSE = {"isochrones": own_isochrones(), "parameters": AGES}


@pytest.mark.parametrize(
    ("changed", "named", "base"),
    [
        ({"parameters": ParameterSpace(log_mass=(3.6, 5.5))}, {"parameters.log_mass"}, {}),
        ({"parameters": ParameterSpace(a_v=(0.0, 3.0, 0.2))}, {"parameters.a_v"}, {}),
        ({"parameters": ParameterSpace(log_r_h=(-1.4, -0.5))}, {"parameters.log_r_h"}, {}),
        ({"parameters": ParameterSpace(log_age=(6.6, 10.1, 0.1))},
         {"parameters.log_age", "isochrones"}, {}),
        ({"parameters": ParameterSpace(magnitude_limits={"F438W": 23.5})},
         {"parameters.magnitude_limits"}, {}),
        ({"distance": 4.6 * u.Mpc}, {"distance"}, {}),
        ({"imf": KroupaIMF((0.1, 100.0))}, {"imf"}, {}),
        ({"imf": ChabrierIMF()}, {"imf"}, {}),
        ({"isochrones": own_isochrones(brighter)}, {"isochrones"}, COARSE),
        ({"extinction": ExtinctionLaw(G24_SMCAvg())}, {"extinction"}, {}),
        ({"profiles": EFFFamily((2.6, 4.0))}, {"profiles"}, {}),
        ({"profiles": EFFFamily(truncation=20)}, {"profiles"}, {}),
        ({"psf": GaussianPSF(0.081 * u.arcsec)}, {"psf"}, {}),
        ({"instrument": with_bands(zero_point=23.47)}, {"F336W.zero_point"}, {}),
        ({"population": {"bundle_flux": 0.02}}, {"bundle_flux"}, {}),
        ({"population": {"bundle_fraction": 0.0}}, {"bundle_fraction"}, {}),
        ({"population": {"foreground": ForegroundScreen(0.2)}}, {"foreground"}, {}),
        ({"population": {"extinction_spread": MixedSlab()}}, {"extinction_spread"},
         {"population": {"extinction_spread": LogNormalSpread(0.5)}}),
        ({"population": {"extinction_spread": LogNormalSpread(0.6)}}, {"extinction_spread"},
         {"population": {"extinction_spread": LogNormalSpread(0.5)}}),
        ({"population": {"sampling": OptimalSampling()}}, {"sampling"}, {}),
        ({"renderer": {"psf_size": 63}}, {"psf_size", "psf"}, {}),
        ({"renderer": {"oversampling": 2}}, {"oversampling", "psf"}, {}),
        ({"renderer": {"margin": 20}}, {"margin"}, {}),
    ],
)
def test_a_changed_setting_is_named_and_refused(tmp_path, changed, named, base):
    before, after = (make(**base | more).settings() for more in ({}, changed))
    assert {name for name in before if before[name] != after[name]} == named
    assert before.keys() == after.keys()
    StampBank.build(tmp_path, None, before, n_chunks=0, rng=1)
    with pytest.raises(ValueError, match=rf"other settings \(.*{sorted(named)[0]}"):
        StampBank.build(tmp_path, None, after, n_chunks=0, rng=1)


def test_the_pixel_scale_and_the_bands_are_settings():
    camera = wfc3_uvis()
    finer = Instrument("finer", list(camera)[1:], 0.03 * u.arcsec)
    space = ParameterSpace(magnitude_limits={})
    psf = GaussianPSF(0.08 * u.arcsec, pixel_scale=0.03 * u.arcsec)
    finer, usual = (make(parameters=space, **parts).settings()
                    for parts in ({"instrument": finer, "psf": psf}, {}))
    differ = {name for name in finer if finer[name] != usual.get(name)}
    assert {"instrument", "bands", "pixel_scale", "psf"} <= differ


def test_settings_are_the_same_each_time_and_plain():
    one = make().settings()
    assert one == make().settings()
    assert json.loads(json.dumps(one)) == json.loads(json.dumps(make().settings()))
    assert " at 0x" not in json.dumps(make(**COARSE).settings())


def test_drawing_clusters_changes_no_setting():
    mocks = make()
    before = mocks.settings()
    mocks.draw(2, rng=1)
    assert mocks.settings() == before


finite = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(st.lists(finite, min_size=1, max_size=20), st.integers(0, 19))
def test_a_digest_sees_changes_and_no_rounding_errors(values, where):
    values = np.array(values)
    assert rounded_digest(values) == rounded_digest(values * (1 + 2e-16))
    moved = values.copy()
    moved[where % len(values)] += 1e-3 * max(1.0, np.abs(values).max())
    assert rounded_digest(values) != rounded_digest(moved)


def test_a_digest_tells_shapes_signs_and_missing_light():
    assert rounded_digest([1.0, 2.0]) != rounded_digest([[1.0, 2.0]])
    assert rounded_digest([1.0], [2.0]) != rounded_digest([1.0, 2.0])
    assert rounded_digest([0.0, 1.0]) == rounded_digest([-0.0, 1.0])
    assert rounded_digest([np.inf, 1.0]) != rounded_digest([0.0, 1.0])
    assert rounded_digest([]) != rounded_digest([0.0])
