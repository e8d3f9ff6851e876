"""`pieloop work`: N arq workers. Also a part of `pieloop up`."""

import sys
from collections.abc import Mapping

from service.config import Config
from service.processes.keeper import Crew

MARGIN = 10.0


def worker_crew(config: Config, processes: int, environ: Mapping[str, str]) -> Crew:
    """Describe the worker processes.

    Parameters:
        processes: how many; the pool budget in each of them is told.
        environ: their environment.
    """
    return Crew(
        name="worker",
        argv=[sys.executable, "-m", "arq", "workers.settings.WorkerSettings"],
        count=processes,
        drain=config.worker.completion_wait + MARGIN,
        environ={**environ, "PIELOOP_WORKER_PROCESSES": str(processes)},
    )
