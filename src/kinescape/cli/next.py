"""`kinescape next`: which experiment to do next, from a study."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinescape.cli.speaking import console, tell_faults

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from kinescape.strategy.experiments import NextExperiments

_WIDTH = 100
_RULE = re.compile(r"(^|; )rule (.+? \([+-][0-9.]+\)): (.+)$")


def next_(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    budget: Annotated[int, typer.Option(min=1, help="Wells for pairs; controls come on top.")] = 30,
    replicates: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Independent replicates of each pair; where left out, the fewest that tell an expected synergy from "
            "none with 80 % power, by the scatter of the study's own replicates.",
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Most pairs to test before looking at results.")
    ] = None,
    explore: Annotated[
        float, typer.Option(min=0.0, help="0 takes the likeliest synergies, more leans to pairs that teach.")
    ] = 0.0,
    synergy_at: Annotated[
        float | None,
        typer.Option(
            help="Excess over Bliss from which a pair counts as synergistic, in the unit of the measurements; "
            "by default 0.1 of the control, 0.3 in log2, 2 in z scores."
        ),
    ] = None,
    unavailable: Annotated[
        list[str] | None,
        typer.Option(
            help="A drug that cannot be had; may be given again. A pair is left out by exclude_pairs in study.toml."
        ),
    ] = None,
    plate: Annotated[int, typer.Option(help="Wells of a plate for the plate map: 96 or 384.")] = 96,
    out: Annotated[Path | None, typer.Option(help="Write the plate map here, as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Choose the pairs to test next, with doses, the expected yield and a plate map."""
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault
    from kinescape.foundation.writing import write_text
    from kinescape.strategy.adaptive import adaptive_responses
    from kinescape.strategy.experiment_planning.plate_map import PLATES
    from kinescape.strategy.experiments import next_experiments
    from kinescape.study.run import check_study

    if plate not in PLATES:
        raise InputError(
            Fault("wrong-value", f"--plate {plate} is no plate that is known", expected="96 or 384")
        )
    inputs = check_study(study)
    specification = inputs.specification
    escape = adaptive_responses(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        sample=specification.target_sample,
        suppress=specification.suppress,
        readouts=inputs.readouts,
        phospho_assays=inputs.phospho_assays,
    )
    found = next_experiments(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        target_sample=specification.target_sample,
        reference_sample=specification.reference_sample,
        suppress=specification.suppress,
        budget=budget,
        replicates=replicates,
        batch=batch,
        explore=explore,
        synergy_at=synergy_at,
        candidates=specification.candidates.agents,
        unavailable=unavailable or (),
        exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
        escape=escape,
        seed=specification.seed,
    )
    notes = (*(note for note in inputs.notes if note.severity == "warning"), *found.notes)
    layout = found.plate_map(plate, seed=specification.seed)
    if out is not None:
        write_text(out, layout.write_csv())
    if as_json:
        content = {
            "ok": True,
            "level": found.level,
            "information": found.information,
            "expected": {
                "mean": found.expected.mean,
                "low": found.expected.low,
                "high": found.expected.high,
                "share": found.expected.share,
                "of": found.expected.of,
            },
            "scale": found.scale,
            "synergy_at": found.synergy_at,
            "replicates": found.replication.as_dict(),
            "untested": found.untested,
            "pairs": found.pairs.to_dicts(),
            "left_out": found.left_out.to_dicts(),
            "plate_map": layout.to_dicts(),
            "notes": [note.as_dict() for note in (*inputs.notes, *found.notes)],
        }
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from rich.markup import escape as plain

    tell_faults(notes)
    _show(found, specification.target_sample, specification.suppress)
    if found.pairs.is_empty():
        return
    plates = layout["plate"].n_unique()
    say = _screen().print
    say(
        f"{found.wells} wells for pairs, {layout.height} with single drugs and controls, on {plates} "
        f"plate{'' if plates == 1 else 's'} of {plate}, {found.replicates} "
        f"replicate{'' if found.replicates == 1 else 's'} apart."
    )
    if out is None:
        say("--out plate.csv writes the plate map. Put the results into the study and ask again.")
    else:
        console().print(f"plate map: {plain(str(out))}")


def _screen() -> Console:
    """At most a hundred columns, in a terminal and in a file."""
    from rich.console import Console

    probe = Console(highlight=False)
    return Console(highlight=False, width=min(_WIDTH, probe.width) if probe.is_terminal else _WIDTH)


def _show(found: NextExperiments, sample: str, suppress: str) -> None:
    from rich.markup import escape as plain

    from kinescape.report.selection import SCALE_WORDS

    screen = _screen()
    screen.print(f"[bold]Next for {plain(sample)}[/]  {plain(found.information)}")
    if not found.pairs.is_empty():
        expected = found.expected.text
        screen.print(
            f"{plain(expected[:1].upper() + expected[1:])}, of {found.untested} that could have been chosen. "
            f"Synergistic: an excess over Bliss of {found.synergy_at:g} or more."
        )
        screen.print(f"{plain(found.replication.text)}.")
        screen.print()
        table, rules = _table(found)
        screen.print(table)
        order = "first those that close a measured escape, then by chance" if found.closing else "by chance"
        scale = SCALE_WORDS.get(found.scale, found.scale.replace("_", " "))
        screen.print(
            f"Order: {order}. chance: that the excess reaches {found.synergy_at:g}. excess: how much lower "
            f"{plain(suppress.replace('_', ' '))} is than two independent drugs would bring it (Bliss), {scale}; "
            "expected, with its 90 % interval."
        )
        for name, why in rules.items():
            screen.print(f"[dim]rule {plain(name)}: {plain(why)}[/]")
    if found.left_out.height:
        count = found.left_out.height
        screen.print(f"{count} pair{'' if count == 1 else 's'} left out, such as:")
        for row in found.left_out.head(3).iter_rows(named=True):
            screen.print(f"  {plain(row['agent_a'])} + {plain(row['agent_b'])}: {plain(row['reason'])}")


def _table(found: NextExperiments) -> tuple[Table, dict[str, str]]:
    """The pairs, and each rule once: its words are long and come again in many pairs."""
    from rich.markup import escape as plain
    from rich.table import Table

    rules: dict[str, str] = {}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("pair", ratio=3)
    for name in ("chance", "excess", "90 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", ratio=4)
    for row in found.pairs.iter_rows(named=True):
        # A dose stays with its drug: the line breaks between the two drugs.
        pair = plain(row["condition"]).replace(" + ", "\n+ ")
        reasons = row["why"]
        if found_rule := _RULE.search(reasons):
            rules.setdefault(found_rule[2], found_rule[3])
            reasons = reasons[: found_rule.end(2)]
        table.add_row(
            str(row["rank"]),
            pair,
            f"{row['probability']:.0%}",
            _signed(row["expected_excess"]),
            f"{_signed(row['excess_low'])}…{_signed(row['excess_high'])}",
            plain(reasons),
        )
    return table, rules


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"
