"""Keys for accounts that were let in without: making them takes longer than anybody should wait for."""

from service.federation.completing import complete
from service.lifecycle import Resources
from service.storage import outbox


async def make_keys(resources: Resources, claimed: outbox.Claimed) -> None:
    """Do what is wanted."""
    await KINDS[claimed.kind](resources, claimed.payload["account_id"])


async def _of_account(resources: Resources, account_id: int) -> None:
    await complete(resources.database, "person", account_id, domain=resources.config.site.domain)


KINDS = {"KeysWanted": _of_account}
