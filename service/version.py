"""Pieloop's own version, for administrators; what clients and peers are told stands in http/compatibility.py."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the installed version of Pieloop, or "unknown" where the code runs without being installed."""
    try:
        return version("pieloop")
    except PackageNotFoundError:
        return "unknown"
