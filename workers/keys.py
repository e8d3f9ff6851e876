"""Keys for accounts that were let in without: making them takes longer than anybody should wait for."""

from service.federation.completing import complete
from service.lifecycle import Resources
from service.storage import outbox


async def make_keys_of(resources: Resources, claimed: outbox.Claimed) -> None:
    """Give an account the keys that it lacks."""
    domain = resources.config.site.domain
    await complete(resources.database, "person", claimed.payload["account_id"], domain=domain)
