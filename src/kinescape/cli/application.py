"""All the commands, mounted in one place."""

from __future__ import annotations

from typing import Annotated

import typer

import kinescape
from kinescape.cli.check import check
from kinescape.cli.combinations import combinations
from kinescape.cli.curves import curves
from kinescape.cli.demo import demo
from kinescape.cli.escape import escape
from kinescape.cli.forecast import forecast
from kinescape.cli.kinases import kinases
from kinescape.cli.model import model
from kinescape.cli.mutants import mutants
from kinescape.cli.network import network
from kinescape.cli.next import next_
from kinescape.cli.run import run
from kinescape.cli.substrates import substrates
from kinescape.cli.synergy import synergy

application = typer.Typer(
    name="kinescape",
    help="How cells get round a targeted drug, which second drug closes the way, and what to measure next.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kinescape {kinescape.__version__}")
        raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Options that come before the command."""


application.command()(demo)
application.command()(check)
application.command()(run)
application.command()(curves)
application.command()(synergy)
application.command()(kinases)
application.command()(substrates)
application.command()(combinations)
application.command("next")(next_)
application.command()(escape)
application.command()(forecast)
application.command()(mutants)
application.command()(model)
application.add_typer(network, name="network")
