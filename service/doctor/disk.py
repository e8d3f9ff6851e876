"""The room that is left."""

import shutil

from service.config import Config
from service.doctor.findings import Finding

LEAST = 512 * 2**20  # bytes


def look_at_disk(config: Config) -> Finding:
    """Look at the disk that has data_dir: media files, the embedded servers."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(config.data_dir).free
    mend = "" if free >= LEAST else f"du -xh --max-depth=2 {config.data_dir} | sort -h"
    return Finding("disk", free >= LEAST, f"{in_words(free)} free below {config.data_dir}", mend)


def in_words(count: int) -> str:
    """Write a number of bytes for a person."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
