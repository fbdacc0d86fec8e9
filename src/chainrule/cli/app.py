"""The command line: `chainrule VERB`."""

import atexit
import gc
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import chainrule
from chainrule.cli.check import check
from chainrule.cli.refusals import refusal
from chainrule.cli.trace import trace
from chainrule.cli.train import train
from chainrule.cli.use import evaluate, export, predict

app = typer.Typer(
    name="chainrule",
    help="Neural-network classifiers that show every number of how they compute and learn.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chainrule {chainrule.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


@app.command()
def lesson(
    part: Annotated[
        int | None,
        typer.Option(min=1, max=2, help="Only part 1, three clouds and one layer, or 2, three rings and a hidden one."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write into; made if it does not exist.")] = Path("lesson"),
) -> None:
    """Train two small networks and write a page that explains every step of it.

    Writes lesson.html (works offline), lesson.json (the numbers) and the figures as SVG.

    Example: `chainrule lesson --part 1 --out /tmp/lesson`
    """
    from chainrule.pages.lesson import write_lesson

    try:
        with Console(stderr=True).status("Training and drawing ..."):
            paths = write_lesson(out, (1, 2) if part is None else (part,))
    except OSError as error:
        reason = error.strerror or error
        raise refusal(f"Cannot write the lesson to {out}: {reason}. Choose another folder with --out.") from None
    for path in paths:
        typer.echo(path)


for verb in (train, evaluate, predict, check, trace, export):
    app.command()(verb)


def main() -> None:
    """Run the command line.

    Its last search for garbage would take longer than some commands, and find nothing that the end does not free.
    """
    atexit.register(gc.freeze)
    app()
