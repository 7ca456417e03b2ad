"""`kinescape network`: look into, check, convert and fetch networks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kinescape.knowledge.network import Network

network = typer.Typer(
    name="network",
    help="Look into, check, convert and fetch signalling networks.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
FormatName = Annotated[
    str | None, typer.Option("--format", help="The file's format, where its name misleads.")
]


def _read(file: Path | None, format_name: str | None) -> Network:
    from kinescape.knowledge.network import load_core_network
    from kinescape.knowledge.network_formats import read_network

    return load_core_network() if file is None else read_network(file, format_name)


def _print_json(content: dict[str, Any]) -> None:
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@network.command()
def info(
    file: Annotated[
        Path | None, typer.Argument(help="A network file; the shipped core network without.")
    ] = None,
    format_name: FormatName = None,
    as_json: AsJson = False,
) -> None:
    """Nodes, edges, signs, the share with a paper, licences."""
    from rich.table import Table

    from kinescape.cli.speaking import console
    from kinescape.knowledge.inspection import describe_network

    summary = describe_network(_read(file, format_name))
    if as_json:
        _print_json(summary.as_dict())
        return
    share = summary.share_referenced
    table = Table(title=summary.name, show_header=False, title_justify="left")
    rows = {
        "nodes": f"{summary.nodes:,}",
        "edges": f"{summary.edges:,}",
        "activating, inhibiting": f"{summary.activating:,}, {summary.inhibiting:,}",
        "of unknown direction": f"{summary.unsigned:,}",
        "pairs with both signs": f"{summary.conflicts:,}",
        "with a paper": "none" if share is None else f"{100 * share:.1f} %",
        "by checking": _counts(summary.statuses),
        "mechanisms": _counts(summary.mechanisms),
        "resources": _counts(summary.resources),
        "licence": "; ".join(summary.licences) or "not stated",
        "phenotypes": ", ".join(summary.phenotypes) or "none",
        "without path to one": f"{summary.without_phenotype:,} nodes",
        "largest cycle": f"{summary.largest_cycle:,} nodes",
    }
    for name, words in rows.items():
        table.add_row(name, words)
    console().print(table)


def _counts(found: Any, most: int = 6) -> str:
    shown = [f"{name} {count:,}" for name, count in list(found.items())[:most]]
    return ", ".join(shown) + (f", {len(found) - most} more" if len(found) > most else "") or "none"


@network.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A network file; the shipped core network without.")
    ] = None,
    format_name: FormatName = None,
    as_json: AsJson = False,
) -> None:
    """All that is wrong with a network file, and all that its user should know."""
    from kinescape.cli.speaking import console, tell_faults
    from kinescape.knowledge.inspection import check_network

    found = _read(file, format_name)
    faults = check_network(found, file)
    if as_json:
        counts = {"nodes": len(found.nodes), "edges": len(found.edges)}
        _print_json({"ok": True, **counts, "faults": [fault.as_dict() for fault in faults]})
        return
    tell_faults(faults)
    console().print(f"The network can be used: {len(found.nodes):,} nodes, {len(found.edges):,} edges.")


@network.command()
def convert(
    source: Annotated[Path, typer.Argument(help="The network to read.")],
    target: Annotated[Path, typer.Argument(help="Where to write it; the suffix tells the format.")],
    source_format: Annotated[str | None, typer.Option("--from", help="The format to read.")] = None,
    target_format: Annotated[str | None, typer.Option("--to", help="The format to write.")] = None,
    expand: Annotated[bool, typer.Option("--expand", help="Make families and complexes into genes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a network in another format, and say what that format cannot carry."""
    from kinescape.cli.speaking import console, tell_faults
    from kinescape.knowledge.expansion import expand_families
    from kinescape.knowledge.network_formats import read_network, write_network

    found = read_network(source, source_format)
    if expand:
        found = expand_families(found)
    notes = (*found.notes, *write_network(found, target, target_format))
    if as_json:
        counts = {"nodes": len(found.nodes), "edges": len(found.edges)}
        written = {"ok": True, "written": str(target), **counts}
        _print_json({**written, "faults": [note.as_dict() for note in notes]})
        return
    tell_faults(notes)
    console().print(f"{target}: {len(found.nodes):,} nodes, {len(found.edges):,} edges.", markup=False)


@network.command()
def fetch(
    name: Annotated[
        str | None, typer.Argument(help="Which public network; without it they are listed.")
    ] = None,
    target: Annotated[
        Path | None, typer.Argument(help="Where to write it; the suffix tells the format.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a public network, its licence and citation shown first, or list those there are."""
    from kinescape.cli.speaking import console, tell_faults
    from kinescape.foundation.errors import InputError
    from kinescape.knowledge.network_formats import write_network
    from kinescape.knowledge.network_sources import fetch_network, fetchable_networks

    if name is None:
        known = fetchable_networks()
        if as_json:
            listed = {key: {"licence": one.licence, "citation": one.citation} for key, one in known.items()}
            _print_json({"ok": True, "networks": listed})
            return
        for key, one in known.items():
            console().print(f"{key}: {one.licence}. {one.citation}", markup=False)
        return
    if target is None:
        raise InputError("name the file to write: kinescape network fetch NAME FILE")
    found = fetch_network(name, announce=lambda text: console(stderr=True).print(text, markup=False))
    notes = (*found.notes, *write_network(found, target))
    if as_json:
        written = {"ok": True, "written": str(target), "licence": found.licence}
        counts = {"nodes": len(found.nodes), "edges": len(found.edges)}
        _print_json({**written, **counts, "faults": [note.as_dict() for note in notes]})
        return
    tell_faults(notes)
    console().print(
        f"{target}: {len(found.nodes):,} nodes, {len(found.edges):,} edges. Licence: {found.licence}.",
        markup=False,
    )
