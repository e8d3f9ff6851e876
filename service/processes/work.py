"""`pieloop work`: N arq workers. Also a part of `pieloop up`."""

import sys
from collections.abc import Mapping

from service.config import Config
from service.processes.supervisor import ProcessGroup

MARGIN = 10.0


def worker_group(config: Config, processes: int, environ: Mapping[str, str]) -> ProcessGroup:
    """Describe the worker processes.

    Parameters:
        processes: how many; the pool budget in each of them is told.
        environ: their environment.
    """
    return ProcessGroup(
        name="worker",
        argv=[sys.executable, "-m", "arq", "workers.settings.WorkerSettings"],
        count=processes,
        drain=config.worker.completion_wait + MARGIN,
        environ={**environ, "PIELOOP_WORKER_PROCESSES": str(processes)},
    )
