"""What the modules of a folder register: a new page is found because its module is there, and named nowhere else."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from quart import Blueprint


def blueprints_in(package: str, folders: Iterable[str]) -> tuple[Blueprint, ...]:
    """Return the blueprints of a package's modules; a module without one is no page.

    Parameters:
        package: its name.
        folders: where its modules are, its `__path__`.
    """
    modules = (import_module(f"{package}.{one.name}") for one in iter_modules(folders))
    return tuple(module.blueprint for module in modules if hasattr(module, "blueprint"))
