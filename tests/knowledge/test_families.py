"""The door: one import for families and classes."""

import kinescape.knowledge.families as door


def test_every_name_is_there_and_documented():
    for name in door.__all__:
        value = getattr(door, name)
        assert isinstance(value, str) or value.__doc__, name
