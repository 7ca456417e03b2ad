"""`kinescape escape`: how cells get round a drug, and what would close the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kinescape.strategy.escape import EscapeRoutes

_WIDTH = 100


def escape(
    names: Annotated[
        list[str],
        typer.Argument(help="A drug, a gene or a family, or several: vemurafenib; EGFR ERBB2; MEK."),
    ],
    network: Annotated[
        Path | None,
        typer.Option(help="Your own network (SIF, edge table, GraphML, ...) in place of the core one."),
    ] = None,
    agents: Annotated[
        Path | None, typer.Option(help="Your own agents.tsv, added to the shipped table.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many routes to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines: all the routes.")] = False,
) -> None:
    """Rank the genes by which cells get round a drug, with the path, the papers and what would counter each."""
    from kinescape.knowledge.agents import load_agents
    from kinescape.knowledge.network import load_core_network
    from kinescape.strategy.escape import escape_routes

    if network is None:
        chosen = load_core_network()
    else:
        from kinescape.knowledge.network_formats import read_network

        chosen = read_network(network)
    result = escape_routes(names, chosen, load_agents(agents))
    if as_json:
        json.dump({"ok": True, **result.as_dict()}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    _show(result, top)


def _show(result: EscapeRoutes, top: int) -> None:
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    from kinescape.cli.speaking import tell_faults

    out = Console(highlight=False, width=_WIDTH)
    asked = plain(" and ".join(result.asked))
    out.print(f"[bold]How cells get round {asked}[/]  (blocked: {', '.join(result.targets)})")
    counts = f"{len(result.routes)} genes ranked, {len(result.unranked)} reach no growth phenotype"
    out.print(f"{plain(result.network)}; {counts}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("base", justify="right", no_wrap=True)
    table.add_column("gene", no_wrap=True)
    table.add_column("change", no_wrap=True)
    table.add_column("prob.", justify="right", no_wrap=True)
    table.add_column("route", ratio=5, overflow="fold")
    table.add_column("countered by", ratio=2, overflow="fold")
    for route in result.routes[:top]:
        papers = f" ({len(route.references)} ref.)" if route.references else ""
        path = route.path.split(", beside")[0] + papers if route.path else "only through what is blocked"
        known = any(not paper.endswith("unreferenced") for paper in route.documented)
        mark = " *" if known else " °" if route.documented else ""
        table.add_row(
            str(route.rank),
            str(route.baseline_rank),
            plain(route.gene + mark),
            route.direction,
            f"{route.probability:.2f}",
            plain(path),
            plain(", ".join(route.agents[:2]) + (" ..." if len(route.agents) > 2 else "")) or "-",
        )
    out.print(table)
    out.print(
        "base: rank by class, module and amount of evidence alone. * documented in a paper (--json names it), "
        "° known to the curators, no paper looked up."
    )
    out.print(
        "prob.: chance, as fitted on documented escapes, that the gene is one. change: what helps the cell."
    )
    out.print(
        f"Ways round a target that stays blocked. Mutations of {', '.join(result.targets)} that keep the drug from "
        f"binding are not among them: {_mutant_words(result.targets)}."
    )
    if result.closing:
        out.print(
            "closes: the share of all the routes' summed chance whose every way leads through that gene."
        )
    for number, one in enumerate(result.closing, start=1):
        also = "" if number == 1 else "then "
        closes = ", ".join(one.closes[:6]) + (" ..." if len(one.closes) > 6 else "")
        drugs = plain(", ".join(one.agents[:3]))
        out.print(f"{also}blocking {one.gene} closes {100 * one.share:.0f} % ({plain(closes)}): {drugs}")
    tell_faults(result.notes)


def _mutant_words(targets: Sequence[str]) -> str:
    """Which command tells of target mutants; it knows few targets without a table of the user's own."""
    from kinescape.knowledge.mutant_tables import load_mutants

    known = [target for target in targets if target in load_mutants().targets]
    commands = "kinescape mutants and kinescape forecast"
    return f"{commands} tell of {', '.join(known)}" if known else f"{commands} take a table of your own"
