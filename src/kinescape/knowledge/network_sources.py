"""Public networks that can be fetched: checked by checksum, their licence and citation shown first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, nearest
from kinescape.knowledge.network import Network
from kinescape.knowledge.network_formats import FORMATS, read_network
from kinescape.knowledge.resources import Resource, locate, resources

# Tables of every kind end in these; only the suffixes that nothing but networks use tell a network.
_AMBIGUOUS = {".tsv", ".csv", ".txt", ".xml"}


def fetchable_networks() -> dict[str, Resource]:
    """The public files that are networks, by name."""
    suffixes = {suffix for entry in FORMATS for suffix in entry.suffixes} - _AMBIGUOUS
    return {name: known for name, known in resources().items() if Path(name).suffix in suffixes}


def fetch_network(name: str, *, announce: Callable[[str], None] | None = None) -> Network:
    """A public network: from ``KINESCAPE_DATA``, the cache, or its address.

    Parameters
    ----------
    name : str
        One of `fetchable_networks`.
    announce : callable, optional
        Told licence and citation before the file is fetched.

    Returns
    -------
    Network
        Named and licensed as its resource says.

    Raises
    ------
    InputError
        Where no public network has this name, or the file is another than the one meant.
    RunError
        Where it could not be fetched.
    """
    known = fetchable_networks()
    if name not in known:
        near = nearest(name, known, n=1)
        raise InputError(
            Fault(
                "network-unknown",
                f"no public network is named '{name}'",
                expected=f"one of {', '.join(sorted(known))}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        )
    network = read_network(locate(name, announce=announce))
    return Network(network.edges, name, known[name].licence, network.isolated, network.notes)
