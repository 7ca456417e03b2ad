"""`kinescape model`: ask the fitted model of a study what blocking, pushing or fixing something would do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from kinescape.model.fitted_model import FittedModel

WIDTH = 100


def model(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    block: Annotated[
        list[str] | None, typer.Option(help="A node or an inhibitor: AXL, trametinib; may be given again.")
    ] = None,
    push: Annotated[
        list[str] | None, typer.Option(help="A node or a ligand: MET, HGF; may be given again.")
    ] = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(help="NODE=activity or AGENT=share, such as MAPK1=-1, trametinib=0.5; may be repeated."),
    ] = None,
    given: Annotated[
        str, typer.Option(help="What is given besides, with doses: 'erlotinib 1 uM'.")
    ] = "control",
    own_target: Annotated[
        list[str] | None,
        typer.Option(help="NODE=1 or -1: blocking it raises or lowers the readout on itself."),
    ] = None,
    sample: Annotated[
        list[str] | None, typer.Option(help="Only in this sample; may be given again. By default in all.")
    ] = None,
    readout: Annotated[list[str] | None, typer.Option(help="Only this readout; may be given again.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the results; by default 'results' beside the study."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Ask what happens in these cells if a node or agent is blocked, pushed or held fixed."""
    from kinescape.model.intervene import what_if

    fixed, signs = _values(fix or (), "--fix"), _values(own_target or (), "--own-target")
    fitted, where = _fitted(study, out)
    answer = what_if(
        fitted,
        block=block or (),
        push=push or (),
        fix=fixed,
        given=given,
        own_target_sign={node: int(value) for node, value in signs.items()},
        samples=sample or None,
        readouts=readout or None,
    )
    if as_json:
        json.dump(
            {"ok": True, "model": where, "answers": answer.to_dicts()},
            sys.stdout,
            indent=2,
            ensure_ascii=False,
        )
        sys.stdout.write("\n")
        return
    _show(answer, where)


def _values(given: list[str] | tuple[()], option: str) -> dict[str, float]:
    """NAME=number pairs of an option."""
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    found: dict[str, float] = {}
    faults: list[Fault] = []
    for text in given:
        name, _, value = text.rpartition("=")
        try:
            number = float(value)
            if not name.strip() or number != number or (option == "--own-target" and number not in (-1, 1)):
                raise ValueError(value)
            if found.setdefault(name.strip(), number) != number:
                twice = (
                    f"{option} {name.strip()} is given twice, as {found[name.strip()]:g} and as {number:g}"
                )
                faults.append(Fault("contradiction", twice))
        except ValueError:
            expected = "NODE=1 or NODE=-1" if option == "--own-target" else "NAME=number, such as MAPK1=-1"
            faults.append(Fault("wrong-value", f"{option} {text} cannot be read", expected=expected))
    if faults:
        raise InputError(faults)
    return found


def _fitted(study: Path, out: Path | None) -> tuple[FittedModel, str]:
    """The model that a run left, or one fitted now, and where it comes from in words."""
    from kinescape.cli.speaking import console
    from kinescape.model.checkpoint import MANIFEST, load_model
    from kinescape.study.run import check_study, results_folder

    folder = study.parent if study.is_file() else study
    place = results_folder(folder, out) / "model"
    if (place / MANIFEST).is_file():
        return load_model(place), f"the model of the study's last run, {place}"
    from kinescape.model.fitted_model import designs_for, fit_model
    from kinescape.model.members import NETWORK_GAIN, SATURATING

    with console(stderr=True).status("no model in the results: fitting one"):
        inputs = check_study(study)
        fitted = fit_model(
            designs_for(inputs.measurements, agents=inputs.agents),
            agents=inputs.agents,
            seed=inputs.specification.seed,
            dataset=inputs.specification.name,
            network=inputs.network,
            readouts=inputs.readouts,
            members=(NETWORK_GAIN, SATURATING),
        )
    return fitted, "fitted now and not tested on held-out data: kinescape run tests it and keeps it"


def _show(answer: pl.DataFrame, where: str) -> None:
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    out = Console(highlight=False, width=WIDTH)
    asked = answer["condition"][0] if answer.height else "nothing"
    out.print(f"[bold]What if: {plain(_in_words(asked))}[/]")
    out.print(plain(f"Model: {where}"))
    if answer.is_empty():
        out.print("No assay of this study knows all that is given.")
        return
    reasons: dict[str, int] = {}
    for (name,), rows in answer.group_by("sample", maintain_order=True):
        out.print(f"\n[bold]{plain(str(name))}[/]")
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading, right in (
            ("readout", False),
            ("effect", True),
            ("90 % interval", True),
            ("verdict", False),
            ("network says", True),
            ("members differ", True),
            ("rests on", False),
            ("", True),
        ):
            table.add_column(heading, justify="right" if right else "left", overflow="fold")
        for row in rows.iter_rows(named=True):
            why = f"{row['basis']} (method: {row['method'].replace('_', ' ')})"
            number = reasons.setdefault(why, len(reasons) + 1)
            table.add_row(*(plain(text) for text in _cells(row)), f"({number})")
        out.print(table)
    out.print()
    for why, number in reasons.items():
        out.print(plain(f"({number}) {why}"))
    out.print(
        "effect: on the readout's own scale (log2 fold change: 0 is none; fraction of control: 1 is none), for a new "
        "measurement, noise included. up, down: the interval leaves out no effect. network says: the fitted network's "
        "own mean, whichever method answers. members differ: largest less smallest mean. rests on: data of this agent, "
        "of agents on the same target, the wiring alone, or only what other agents do.",
        markup=False,
    )


def _cells(row: dict[str, Any]) -> list[str]:
    low, high = row["low"], row["high"]
    none = row["no_effect"]
    known = low is not None and high is not None
    verdict = "unclear" if not known or low <= none <= high else "up" if low > none else "down"
    apart = row["disagreement"]
    # A sign tells up from down where zero is no effect; a fraction of the control is never negative.
    sign = "+" if none == 0 else ""
    return [
        row["readout"],
        f"{row['mean']:{sign}.2f}",
        f"{low:{sign}.2f} to {high:{sign}.2f}" if known else "-",
        verdict,
        "-" if row["network_mean"] is None else f"{row['network_mean']:{sign}.2f}",
        "-" if apart is None else f"{apart:.2f}",
        row["rests_on"],
    ]


def _in_words(condition: str) -> str:
    words = []
    for part in condition.split(" + "):
        for mark, text in (("KO:", "blocked"), ("KD:", "blocked (knock-down)"), ("OE:", "pushed")):
            if part.startswith(mark):
                part = f"{part.removeprefix(mark)} {text}"
        if part.startswith("FIX:"):
            name, _, value = part.removeprefix("FIX:").rpartition("=")
            part = f"{name} held at {value}"
        share, times, agent = part.partition(" x ")
        if times:
            part = f"{agent} at {share} of its full action"
        words.append(part)
    return ", ".join(words)
