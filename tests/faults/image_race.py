"""A process that uploads one picture again and again and deletes it again, while others like it do the same.

Run by the test beside it, with the settings of a site in its environment: `python -m tests.faults.image_race <account>
<rounds>`. It prints how often a file that a committed row uses was not there.
"""

import asyncio
import sys

from service.config import load_config
from service.forum.attachments import keeping, operations
from service.lifecycle import Resources, open_resources
from service.media.errors import StoreUnavailable
from tests.forum.making import viewer_of
from tests.forum.test_attachments import named, upload
from tests.working import work_off


async def race(account: int, rounds: int) -> int:
    """Come and go; return how many files were missing."""
    missing = 0
    async with open_resources(load_config(), "worker") as resources:
        me = await viewer_of(resources.database, account)
        for _ in range(rounds):
            try:
                file_id = await upload(resources.database, resources.store, me.id)
            except StoreUnavailable:
                continue
            missing += await _missing(resources)
            await resources.database.write(operations.delete_upload, me, file_id)
            await work_off(resources)
            await keeping.remove_unused(resources.database, resources.store, named().paths)
    return missing


async def _missing(resources: Resources) -> int:
    return sum([await resources.store.size_of(path) is None for path in named().paths])


if __name__ == "__main__":
    print("missing:", asyncio.run(race(int(sys.argv[1]), int(sys.argv[2]))))
