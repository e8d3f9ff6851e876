"""Which store the configuration wants."""

from collections.abc import Callable

from service.config import Config
from service.media.store.local import LocalStore
from service.media.store.shapes import Store


def open_store(config: Config, check: Callable[[], None]) -> Store:
    """Return the site's store; it opens nothing before it is used, and needs no closing.

    Parameters:
        config: the whole configuration.
        check: raises in a process that only inherited the store.
    """
    if config.store.kind == "local":
        return LocalStore(config.data_dir)
    from service.media.store.s3 import S3Store  # 5 MB of program that a site with a disk need not load

    return S3Store(config.store, check)
