"""Nothing that could cross a fork exists before the process that owns it has started: imports open and make nothing."""

import subprocess
import sys

from laboratory.programs import ROOT

# Run in a fresh process: what others have imported does not count, nor do the settings of this one.
IMPORT_EVERYTHING = """
import gc, importlib, os, pkgutil, sys
import service, workers
for package in (service, workers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
import redis, redis.asyncio
from sqlalchemy import Engine, Pool
from sqlalchemy.ext.asyncio import AsyncEngine
kinds = (Engine, AsyncEngine, Pool, redis.ConnectionPool, redis.asyncio.ConnectionPool, redis.asyncio.Redis)
print([repr(thing) for thing in gc.get_objects() if isinstance(thing, kinds)])
with os.scandir("/proc/self/fd") as descriptors:
    print([link for entry in descriptors if (link := os.readlink(entry.path)).startswith("socket:")])
"""


def test_imports_make_no_engine_and_no_pool_and_open_no_socket() -> None:
    settings = {"PIELOOP_REDIS_URL": "redis://127.0.0.1:1/0", "PIELOOP_SITE_SECRET_KEY": "of this test alone"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), **settings}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "[]"]
