"""The command line: `chainrule VERB`."""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import chainrule
from chainrule.cli.check import check
from chainrule.cli.refusals import (
    MISTAKE,
    debugging,
    in_one_line,
    refusal,
    refuse_coinciding,
    refuse_existing,
    refuse_unnamed,
)
from chainrule.cli.startup import leave, load_scikit_learn, with_open_streams
from chainrule.cli.trace import trace
from chainrule.cli.train import train
from chainrule.cli.use import Force, evaluate, export, option, predict

# Exit status of a command that Ctrl-C ended: 128 and the number of the signal, as shells have it.
INTERRUPTED = 130
# A mistake of usage, of the click that typer brings or asks for.
UsageError: Any = typer.BadParameter.__base__


class _Verbs(TyperGroup):
    """Verbs whose mistakes of usage are said in one line, as all others are."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except typer.Abort:
            sys.exit(INTERRUPTED)
        except UsageError as error:
            path = error.ctx.command_path if error.ctx else "chainrule"
            raise SystemExit(refusal(f"{error.format_message().rstrip('.')}; see {path} --help.").exit_code) from None
        sys.exit(status)


app = typer.Typer(
    name="chainrule",
    cls=_Verbs,
    help="Neural-network classifiers that show every number of how they compute and learn.",
    invoke_without_command=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from chainrule.engine.compiled.library import form_in_use

        typer.echo(f"chainrule {chainrule.__version__}, {form_in_use()}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        option("Print the version and exit.", "", "--version", callback=_print_version, is_eager=True),
    ] = False,
    debug: Annotated[bool, option("Print the traceback of an error; works with every command.", "", "--debug")] = False,
) -> None:
    del version
    debugging.set(debug)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(MISTAKE)


@app.command()
def lesson(
    part: Annotated[
        int | None,
        option("Only part 1 (three clouds, one layer) or part 2 (three rings, a hidden layer).", "N", min=1, max=2),
    ] = None,
    out: Annotated[Path, option("Output folder; created if it does not exist.", "FOLDER")] = Path("lesson"),
) -> None:
    """Train two small networks and write a page that explains every step.

    Writes lesson.html (works offline), lesson.json (the numbers), the figures as SVG, and a program in plain NumPy.

    Example: `chainrule lesson --part 1 --out /tmp/lesson`
    """
    with in_one_line():
        from rich.console import Console

        from chainrule.pages.lesson import write_lesson

        try:
            with Console(stderr=True).status("Training and drawing ..."):
                paths = write_lesson(out, (1, 2) if part is None else (part,))
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(f"Cannot write the lesson to {out}: {reason}. Choose another folder with --out.") from None
        for path in paths:
            typer.echo(path)


@app.command()
def playground(
    data: Annotated[
        Path | None,
        typer.Argument(help="Labelled rows to begin with; by default the built-in sets.", show_default=False),
    ] = None,
    target: Annotated[str | None, option("The column of the labels.", "COL")] = None,
    out: Annotated[Path, option("The page to write.", "FILE")] = Path("playground.html"),
    opened: Annotated[bool, option("Whether to open the page in the browser.", "", "--open/--no-open")] = True,
    force: Force = False,
) -> None:
    """Write a page on which a network trains before your eyes, and open it.

    The page is one file that works offline, with the rows inside it. A page of the playground is replaced; another file
    only with --force.

    Example: `chainrule playground iris.csv --target species`
    """
    with in_one_line():
        refuse_unnamed({"DATA": data, "--out": out})
        refuse_coinciding({"DATA": data}, {"--out": out})
        from chainrule.pages.playground import Playground, is_page

        refuse_existing(out, force or is_page(out))
        if data is None:
            page = Playground()
        else:
            load_scikit_learn()
            from chainrule.cli.labelled_file import read_labelled

            rows = read_labelled(data, target).parsed({})
            for note in rows.notes:
                typer.echo(note, err=True)
            page = Playground(rows.x, rows.labels)
        typer.echo(page.write(out))
        if opened:
            import webbrowser

            webbrowser.open(out.resolve().as_uri())


for verb in (train, evaluate, predict, check, trace, export):
    app.command()(verb)


def main() -> NoReturn:
    """Run the command line; `--debug` may stand anywhere."""
    with_open_streams()
    given = sys.argv[1:]
    words = [word for word in given if word != "--debug"]
    try:
        app(["--debug", *words] if len(words) < len(given) else words, prog_name="chainrule")
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else 0)
    leave(0)
