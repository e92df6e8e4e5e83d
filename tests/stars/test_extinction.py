"""Band extinctions are those of the curve, weighted with the photons of the star."""

from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from dust_extinction import averages, grain_models, parameter_averages, shapes
from dust_extinction.parameter_averages import CCM89, F99, G23
from specutils import Spectrum

from clusternet.instruments import Instrument, nircam_long, wfc3_uvis
from clusternet.stars import ExtinctionLaw

WFC3 = wfc3_uvis()
MODELS = {
    name: getattr(module, name)
    for module in (parameter_averages, averages, grain_models, shapes)
    for name in module.__all__
}


def test_a_hot_star_has_the_published_extinction():
    coefficients = ExtinctionLaw(teff=30000).coefficients(WFC3)
    assert coefficients == pytest.approx({"F336W": 1.651, "F438W": 1.355, "F814W": 0.616}, abs=2e-3)


def test_a_cool_star_is_reddened_less():
    """Its light comes from the red side of the bands; lines, which a black body lacks, add 0.03."""
    coefficients = ExtinctionLaw(teff=3500).coefficients(WFC3)
    assert coefficients == pytest.approx({"F336W": 1.594, "F438W": 1.314, "F814W": 0.574}, abs=0.03)
    hot = ExtinctionLaw(teff=30000).coefficients(WFC3)
    assert all(coefficients[band] < hot[band] for band in WFC3.bands)


def test_a_narrow_band_gives_the_curve_itself():
    wavelength = np.linspace(5490, 5510, 21) * u.AA
    narrow = replace(
        WFC3["F438W"], throughput=Spectrum(spectral_axis=wavelength, flux=np.ones(21) * u.one)
    )
    law = ExtinctionLaw()
    found = law.coefficients(Instrument(WFC3.name, [narrow], WFC3.pixel_scale))["F438W"]
    assert found == pytest.approx(float(law.model(5500 * u.AA)), abs=1e-4)


def test_another_curve_can_be_passed():
    steep = ExtinctionLaw(CCM89(Rv=2.5)).coefficients(WFC3)
    assert steep["F336W"] > ExtinctionLaw().coefficients(WFC3)["F336W"]
    assert ExtinctionLaw(F99(Rv=3.1)).coefficients(WFC3).keys() == set(WFC3.bands)


def test_a_band_beyond_the_curve_is_named():
    wavelength = np.linspace(50, 60, 11) * u.micron
    far = replace(
        WFC3["F814W"], throughput=Spectrum(spectral_axis=wavelength, flux=np.ones(11) * u.one)
    )
    with pytest.raises(ValueError, match=r"F814W .* reaches beyond CCM89"):
        ExtinctionLaw().coefficients(Instrument(WFC3.name, [far], WFC3.pixel_scale))


def test_an_impossible_temperature_is_refused():
    with pytest.raises(ValueError, match=r"temperature is -5"):
        ExtinctionLaw(teff=-5)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_dust_extinction_dims_or_says_what_it_lacks(name):
    """Curves of the optical and ultraviolet dim blue bands more; the others lack a band."""
    model = MODELS[name]()
    low, high = model.x_range
    if low < 1.0 and high > 3.4:
        found = ExtinctionLaw(model).coefficients(WFC3)
        assert found["F336W"] > found["F438W"] > found["F814W"] > 0.3
    else:
        with pytest.raises(ValueError, match="reaches beyond"):
            ExtinctionLaw(model).coefficients(WFC3)


def test_the_mid_infrared_needs_a_curve_that_reaches_it():
    with pytest.raises(
        ValueError, match=r"F356W .* reaches beyond CCM89 \(1000 to 33333 Angstrom\)"
    ):
        ExtinctionLaw().coefficients(nircam_long(["F356W"]))
    assert ExtinctionLaw(G23()).coefficients(nircam_long(["F356W"]))["F356W"] < 0.1


@pytest.mark.parametrize("model", [CCM89, "CCM89", 3.1])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(ValueError, match="give an instance of one of dust_extinction"):
        ExtinctionLaw(model)


def test_a_curve_that_is_not_relative_to_v_is_refused():
    class PerColourExcess:
        x_range = (0.3, 10.0)

        def __call__(self, x):
            return 3.1 * CCM89()(x)

    with pytest.raises(ValueError, match=r"PerColourExcess is 3\.1 at V"):
        ExtinctionLaw(PerColourExcess())
