"""The command `pieloop`. Each command lives in its own module and is imported when it is called.

So the parents of `up`, `serve` and `work` never import a database driver.
"""

import sys
from importlib import import_module
from pathlib import Path

import click

from service.demo.sizes import PRESETS
from service.errors import StartupError
from service.version import own_version

# name -> module:attribute of a click command
COMMANDS = {
    "admin": "service.administration:admin",
    "backup": "service.cli:backup",
    "demo": "service.cli:demo",
    "doctor": "service.cli:doctor",
    "leave": "service.cli:leave",
    "migrate": "service.cli:migrate",
    "restore": "service.cli:restore",
    "serve": "service.cli:serve",
    "up": "service.cli:up",
    "work": "service.cli:work",
}


class Commands(click.Group):
    """The commands of the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=Commands)
@click.version_option(own_version(), prog_name="Pieloop")
def pieloop() -> None:
    """Run and manage a Pieloop site."""


@click.command()
@click.option("--with-parent", is_flag=True, help="Stop when the parent process exits.")
def up(with_parent: bool) -> None:
    """Start everything: databases, migrations, web server and workers. Press Ctrl-C to stop."""
    from service.processes.up import up as run

    sys.exit(run(with_parent=with_parent))


@click.command()
@click.option(
    "--processes", type=click.IntRange(1, 256), help="Number of processes (default: http.processes)."
)
def serve(processes: int | None) -> None:
    """Run the web processes on a single address."""
    from service.processes.run import serve as run

    sys.exit(run(processes))


@click.command()
@click.option(
    "--processes", type=click.IntRange(1, 256), help="Number of processes (default: worker.processes)."
)
def work(processes: int | None) -> None:
    """Run the worker processes."""
    from service.processes.run import work as run

    sys.exit(run(processes))


@click.command()
def migrate() -> None:
    """Update the database schema, or create it in an empty database."""
    import asyncio

    from service.config import load_config
    from service.storage.migrate import migrate as run

    report = asyncio.run(run(load_config(), click.echo))
    done = f"migrated in {report.seconds:.1f} s" if report.changed else "nothing to do"
    click.echo(f"{done}: {report.after.advice}")


@click.command()
@click.option("--drop", is_flag=True, help="Also drop Pieloop's own schema and indexes.")
def leave(drop: bool) -> None:
    """Prepare to go back to PieFed. Hands over pending deliveries and reports what PieFed will see."""
    import asyncio

    from service.config import load_config
    from service.leaving import leave as run

    for line in asyncio.run(run(load_config(), drop=drop)):
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--files", is_flag=True, help="Also check every file in the image store (slow).")
@click.option("--counters", is_flag=True, help="Also check every counter against what it counts (slow).")
@click.option(
    "--repair",
    is_flag=True,
    help="Repair what can be repaired: missing keys, unused files.",
)
def doctor(as_json: bool, files: bool, counters: bool, repair: bool) -> None:
    """Check the site for problems. Says how to fix each one and exits with code 1 if there are any."""
    import asyncio

    from service.config import load_config
    from service.doctor.run import run
    from service.embedded import with_running_servers

    config = asyncio.run(with_running_servers(load_config()))
    words, well = run(config, as_json=as_json, every_file=files, counters=counters, repair=repair)
    click.echo(words)
    sys.exit(0 if well else 1)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def backup(directory: Path) -> None:
    """Back up the whole site to a new DIRECTORY. Includes the database and images; the site can keep running."""
    import asyncio

    from service.backup.run import back_up
    from service.config import load_config

    click.echo(asyncio.run(back_up(load_config(), directory)))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True))
def restore(directory: Path) -> None:
    """Restore the backup in DIRECTORY. Needs an empty database and an empty data directory, and verifies the result."""
    import asyncio

    from service.backup.run import bring_back
    from service.config import load_config

    click.echo(asyncio.run(bring_back(load_config(), directory)))


@click.command()
@click.option("--size", type=click.Choice(list(PRESETS)), default="small", show_default=True)
@click.option(
    "--users",
    type=int,
    help="Number of people (default: depends on --size). The same goes for the options below.",
)
@click.option("--communities", type=int)
@click.option("--posts", type=int)
@click.option("--comments", type=int)
@click.option("--votes", type=int)
@click.option("--seed", type=int, help="The same seed and size always generate the same site.")
@click.option("--password", help="Password for all demo members (default: generated and printed).")
@click.option("--again", is_flag=True, help="Add more demo data to an existing demo.")
def demo(size: str, seed: int | None, password: str | None, again: bool, **numbers: int | None) -> None:
    """Fill the site with realistic demo content. Makes people, communities, posts, images, comments and votes."""
    import asyncio

    from service.config import load_config
    from service.demo.run import run
    from service.demo.sizes import sizes_of

    sizes = sizes_of(size, **numbers)
    made = asyncio.run(run(load_config(), sizes, seed=seed, password=password, again=again))
    click.echo(made.announcement)


def main() -> None:
    """Run the command line; a reason not to start is one sentence and exit code 1."""
    try:
        pieloop(prog_name="pieloop")
    except StartupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - an error of ours, told without the values that Python would print
        from service.logs import formatted_trace

        print(formatted_trace(error), file=sys.stderr)
        sys.exit(1)
