import numpy as np

from kinescape.foundation.randomness import generator


def test_streams_depend_on_seed_and_on_purpose():
    first = generator(1, "fold", 3).normal(size=5)
    assert np.array_equal(first, generator(1, "fold", 3).normal(size=5))
    assert not np.array_equal(first, generator(1, "fold", 4).normal(size=5))
    assert not np.array_equal(first, generator(2, "fold", 3).normal(size=5))
    assert not np.array_equal(generator(1, "a", "b").normal(size=5), generator(1, "ab").normal(size=5))
