"""The gene symbol behind what a laboratory calls a kinase: ERK3 is MAPK6, AKT is three genes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kinescape.assays.phospho.motif_names import hgnc_symbol
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.knowledge.names import load_readouts
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.substrates import SiteRelations


def kinase_symbol(name: str, relations: SiteRelations) -> tuple[str, tuple[Fault, ...]]:
    """The symbol of a kinase or phosphatase, and a note where another name was given.

    A name that the relations or the network have stays as it is; one that nothing knows stays too, for what looks
    for substrates to refuse.

    Parameters
    ----------
    name : str
        As the user writes it.
    relations : SiteRelations
        Whose enzymes are known by their own names.

    Raises
    ------
    InputError
        Where the name means several genes, which are named.
    """
    known = {*relations.enzymes, *load_core_network().nodes}
    if name in known:
        return name, ()
    meant = tuple(dict.fromkeys(load_readouts().nodes(name)))
    symbols = meant or tuple(one for one in (hgnc_symbol(name.upper()), name.upper()) if one in known)[:1]
    if not symbols or symbols == (name,):
        return name, ()
    if len(symbols) > 1:
        raise InputError(
            Fault(
                "kinase-several",
                f"'{name}' means {len(symbols)} genes, and substrates are looked for of one",
                expected=f"one of {', '.join(symbols)}",
            )
        )
    return symbols[0], (Fault("kinase-name", f"'{name}' was read as {symbols[0]}", severity="note"),)


def require_one_perturbation(kinase: str, effects: Sequence[SiteEffects], file: str) -> None:
    """Refuse several contrasts that perturb the kinase, such as its knockout beside its overexpression.

    Raises
    ------
    InputError
        With their names, to choose from.
    """
    whole_word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(kinase)}(?![A-Za-z0-9])")
    naming = [one.name for one in effects if whole_word.search(one.name.split(" against ")[0])]
    if len(naming) > 1:
        raise InputError(
            Fault(
                "contrast-ambiguous",
                f"{len(naming)} contrasts perturb {kinase}, and they say different things of a substrate",
                file=file,
                expected=f"one of {', '.join(repr(name) for name in naming[:4])}{', …' if len(naming) > 4 else ''}",
                mend=f"say which is meant: --contrast '{naming[0]}'",
            )
        )
