"""What decided which sites are candidates of a kinase, in words."""

from __future__ import annotations

from collections.abc import Sequence

from kinescape.assays.phospho.motif import motifs_available
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.foundation.issues import Fault

WITHOUT_MOTIF = ("MAPK4", "MAPK6")
"""Kinases whose motif nobody has measured: said even where the motifs are not installed."""


def basis_of(
    kinase: str,
    used: Sequence[str],
    has_motif: bool,
    with_motifs: bool,
    chosen: SiteEffects | None,
    phosphatase: bool,
    untold: bool,
) -> str:
    """What decided the order of the candidates, and why no more did."""
    words = {
        "motif": "the motif",
        "co_regulation": "co-regulation with known substrates",
        "contrast": f"the contrast '{chosen.name if chosen else ''}'",
    }
    if phosphatase:
        why = f"{kinase} is a phosphatase, and phosphatases have no motif here"
    elif kinase in WITHOUT_MOTIF or (with_motifs and not has_motif):
        why = f"{kinase} has no known motif"
    else:
        why = (
            ""
            if with_motifs
            else (
                "Motifs were not used: leave out --no-motifs"
                if motifs_available()
                else "Motifs were not used: pip install 'kinescape[motif]'"
            )
        )
    if tuple(used) == ("contrast",):
        reason = f"{why}, and" if why else "No sequence could be used, and"
        what = (
            "Too few sites could be tested, so no probability can be given: sites stand in the order of their changes, "
            "and that"
            if untold
            else "The probability is that a site answered the perturbation, directly or through others; it"
        )
        return (
            f"{reason} too few known substrates or experiments are there for co-regulation: {words['contrast']} "
            f"decides alone. {what} does not tell a substrate from what lies downstream."
        )
    told = ", ".join(words[name] for name in used)
    return f"What counted: {told}." + (f" {why}." if why else "")


def nothing_speaks(kinase: str, contrasts: int, has_motif: bool, members: int) -> Fault:
    """The fault where no kind of evidence is there."""
    return Fault(
        "no-evidence",
        f"nothing can speak for a substrate of {kinase}: "
        + ("no site has its sequence" if has_motif else "no motif is at hand")
        + f", {members} known {'substrate' if members == 1 else 'substrates'} measured in {contrasts} "
        f"{'contrast' if contrasts == 1 else 'contrasts'}, and no contrast in which it was perturbed",
        mend="name the contrast in which the kinase was perturbed"
        + ("" if motifs_available() else "; motifs: pip install 'kinescape[motif]'"),
    )
