"""What a fitted model of the user's own cells says of an escape: a gene pushed or lost under the drug.

The question changes once there is a model: not which gene is known for it, but which one, moved under this drug in
these cells, brings back what the drug suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.measurements.conditions import Condition, GeneticPerturbation

if TYPE_CHECKING:
    from kinescape.model.fitted_model import FittedModel

_MOVED = {"gain": "OE", "loss": "KO"}


@dataclass(frozen=True)
class ModelledEscape:
    """What moving one gene under the drug does, by the model.

    Parameters
    ----------
    condition : str
        The drug with its dose.
    readout : str
        What was looked at.
    under_drug : float
        The readout under the drug alone.
    mean, low, high : float
        The readout with the gene moved as well, with its 90 % interval; NaN without one.
    basis : str
        What the answer rests on.
    """

    condition: str
    readout: str
    under_drug: float
    mean: float
    low: float
    high: float
    basis: str

    @property
    def restored(self) -> float:
        """How much the readout comes back; positive where it rises."""
        return self.mean - self.under_drug


def modelled_escapes(
    model: FittedModel, given: str, moved: Mapping[str, str], *, sample: str, readout: str
) -> dict[str, ModelledEscape]:
    """Move each gene under a drug, one at a time.

    Parameters
    ----------
    model : FittedModel
        Fitted with a network (`fit_model(..., network=...)`).
    given : str
        The drug as a condition of the study, such as ``osimertinib 1 uM``.
    moved : mapping of str to str
        Gene to ``gain`` or ``loss``; genes that are no node of the model's network are left out.
    sample, readout : str
        Where to look, such as ``viability``.

    Returns
    -------
    dict of str to ModelledEscape

    Raises
    ------
    InputError
        Where the model has no network, or does not hold the sample, the readout or the drug.
    """
    from kinescape.model.predict import predict_conditions

    if model.wiring is None:
        raise InputError(
            Fault(
                "network-missing", "the model was fitted without a network", mend="give fit_model a network"
            )
        )
    readouts = sorted({name for design in model.designs for name in design.readouts})
    for name, known, what in ((sample, model.samples, "sample"), (readout, readouts, "readout")):
        if name not in known:
            raise InputError(
                Fault(
                    f"unknown-{what}",
                    f"the model holds no {what} '{name}'",
                    expected=f"one of {', '.join(known)}",
                )
            )
    drug = Condition.parse(given)
    conditions = {
        gene: drug.combined(Condition((GeneticPerturbation(_MOVED[direction], gene),)))  # type: ignore[arg-type]
        for gene, direction in moved.items()
        if direction in _MOVED and gene in model.wiring.nodes
    }
    if not conditions:
        return {}
    asked = model.with_candidates(part.text for one in conditions.values() for part in one.genetic)
    frame = predict_conditions(asked, [drug, *conditions.values()], samples=[sample], readouts=[readout])
    rows = {row["condition"]: row for row in frame.iter_rows(named=True)}
    if drug.text not in rows:
        raise InputError(Fault("unknown-agent", f"the model cannot say what '{given}' does to {readout}"))
    alone = rows[drug.text]["mean"]
    found = {}
    for gene, condition in conditions.items():
        row = rows.get(condition.text)
        if row is not None:
            low, high = (float("nan") if row[edge] is None else row[edge] for edge in ("low", "high"))
            found[gene] = ModelledEscape(drug.text, readout, alone, row["mean"], low, high, row["basis"])
    return found
