"""Flags are bits with names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.catalog import ClusterFlag, decode_flags
from clusternet.catalog.schema import column


@given(st.sets(st.sampled_from(list(ClusterFlag))))
def test_decoding_names_the_bits_that_are_set(flags):
    names = decode_flags(sum(flags))
    assert names == [flag.name for flag in sorted(flags)]
    assert {ClusterFlag[name] for name in names} == flags


def test_columns_are_decoded_row_by_row(catalogue):
    decoded = decode_flags(catalogue["flags"])
    assert decoded == [decode_flags(value) for value in catalogue["flags"]]
    assert decode_flags(np.zeros(0, dtype=int)) == []


def test_bits_are_single_and_explained_in_the_column():
    for flag in ClusterFlag:
        assert flag.value.bit_count() == 1
        assert f"{flag.value} {flag.name}" in column("flags").description


@pytest.mark.parametrize(("value", "message"), [
    (256, "flags = 256 has bits beyond those known"),
    (-1, "flags = -1 has bits beyond"),
    (1.5, "flags of type float64 are not bits"),
])
def test_what_is_no_flag_is_a_clear_error(value, message):
    with pytest.raises(ValueError, match=message):
        decode_flags(value)
