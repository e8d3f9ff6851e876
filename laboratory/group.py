"""`python -m laboratory.group web|work N`: `pieloop serve` and `pieloop work` with the laboratory's app and jobs."""

import asyncio
import dataclasses
import os
import sys

from service.config import load_config
from service.errors import StartupError
from service.processes.run import supervise
from service.processes.serve import bind, listen, web_group
from service.processes.work import worker_group

APP, JOBS = "laboratory.site:app", "laboratory.jobs.WorkerSettings"


def serve(processes: int) -> int:
    """Run web processes until a signal; return the exit code."""
    config = load_config()
    listener = bind(config.http.bind)
    listen(listener, config.http.bind)
    return asyncio.run(supervise(web_group(config, processes, listener, os.environ, APP)))


def work(processes: int) -> int:
    """Run workers until a signal; return the exit code."""
    group = worker_group(load_config(), processes, os.environ)
    return asyncio.run(supervise(dataclasses.replace(group, argv=[*group.argv[:-1], JOBS])))


if __name__ == "__main__":
    kind, count = sys.argv[1:]
    try:
        sys.exit({"web": serve, "work": work}[kind](int(count)))
    except StartupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
