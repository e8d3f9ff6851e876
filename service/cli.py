"""The command `pieloop`. Each command lives in its own module and is imported when it is called.

So the parents of `up`, `serve` and `work` never import a database driver.
"""

import sys
from importlib import import_module
from pathlib import Path

import click

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
    """Run and look after a Pieloop site."""


@click.command()
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one dies.")
def up(with_parent: bool) -> None:
    """Start everything: databases, migration, web and workers; Ctrl-C stops it all."""
    from service.processes.up import up as run

    sys.exit(run(with_parent=with_parent))


@click.command()
@click.option("--processes", type=click.IntRange(1, 256), help="How many; http.processes by default.")
def serve(processes: int | None) -> None:
    """Run web processes on one address."""
    from service.processes.run import serve as run

    sys.exit(run(processes))


@click.command()
@click.option("--processes", type=click.IntRange(1, 256), help="How many; worker.processes by default.")
def work(processes: int | None) -> None:
    """Run worker processes."""
    from service.processes.run import work as run

    sys.exit(run(processes))


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date; an empty database gets everything."""
    import asyncio

    from service.config import load_config
    from service.storage.migrate import migrate as run

    report = asyncio.run(run(load_config(), click.echo))
    done = f"migrated in {report.seconds:.1f} s" if report.changed else "nothing to do"
    click.echo(f"{done}: {report.after.advice}")


@click.command()
@click.option("--drop", is_flag=True, help="Drop our schema and our indexes, too.")
def leave(drop: bool) -> None:
    """Prepare the way back to PieFed: it gets what other servers lack, and you are told what it will see."""
    import asyncio

    from service.config import load_config
    from service.leaving import leave as run

    for line in asyncio.run(run(load_config(), drop=drop)):
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--files", is_flag=True, help="Look at every file of the image store as well; that takes its time."
)
@click.option(
    "--counters", is_flag=True, help="Compare every figure with what it counts as well; that takes its time."
)
@click.option(
    "--repair",
    is_flag=True,
    help="Mend what can be mended: keys that somebody lacks, files that nothing uses.",
)
def doctor(as_json: bool, files: bool, counters: bool, repair: bool) -> None:
    """Say what is wrong, and what mends it: processes, pools, servers, what waits; exit code 1 when something is."""
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
    """Write the whole site, database and images, into a new DIRECTORY, while it runs or not."""
    import asyncio

    from service.backup.run import back_up
    from service.config import load_config

    click.echo(asyncio.run(back_up(load_config(), directory)))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True))
def restore(directory: Path) -> None:
    """Make the site of a backup in DIRECTORY, in an empty database and an empty data directory, and compare."""
    import asyncio

    from service.backup.run import bring_back
    from service.config import load_config

    click.echo(asyncio.run(bring_back(load_config(), directory)))


@click.command()
@click.option("--size", type=click.Choice(["small", "medium", "full"]), default="small", show_default=True)
@click.option("--users", type=int, help="How many; so all the following. The size's by default.")
@click.option("--communities", type=int)
@click.option("--posts", type=int)
@click.option("--comments", type=int)
@click.option("--votes", type=int)
@click.option("--seed", type=int, help="The same seed and size make the same site.")
@click.option("--password", help="Of all demo members; generated and shown by default.")
@click.option("--again", is_flag=True, help="Add another demo to one that is there.")
def demo(size: str, seed: int | None, password: str | None, again: bool, **numbers: int | None) -> None:
    """Fill the site with people, communities, posts, pictures, comments and votes that look real."""
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
