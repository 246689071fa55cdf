from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.audit.columns import SMALL, coded

WHOLE = [np.int8, np.uint8, np.int64, np.uint64]


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_codes_and_distinct_values_give_the_values_back(kind: type, data: st.DataObject) -> None:
    limits = np.iinfo(kind)
    some = st.one_of(
        st.integers(max(limits.min, -3), 3), st.integers(max(limits.min, -SMALL), min(limits.max, 2 * SMALL))
    )
    elements = st.one_of(some, st.integers(limits.min, limits.max))
    values = data.draw(hnp.arrays(kind, st.integers(1, 20), elements=elements))
    codes, distinct = coded(values)
    np.testing.assert_array_equal(distinct[codes], values)
    assert len(distinct) == len(set(values.tolist()))


def test_other_kinds_are_looked_up() -> None:
    for values in (np.array([True, False, True]), np.array([0.5, 1.5, 0.5]), np.array(["b", "a", "b"], dtype=object)):
        codes, distinct = coded(values)
        np.testing.assert_array_equal(distinct[codes], values)
