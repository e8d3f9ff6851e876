"""`pieloop hand-over`: before PieFed is started again, its queue gets what other servers still lack."""

from service.config import Config
from service.federation.deliver.handover import hand_over
from service.lifecycle import open_database


async def run(config: Config) -> str:
    """Hand over; return a sentence about it.

    Parameters:
        config: the whole configuration.

    Raises:
        StartupError: a worker is running, or the database cannot be used.
    """
    async with open_database(config, "worker") as database:
        handed = await hand_over(database, config.site.domain)
    if not handed.deliveries:
        return "Nothing waits: every server has what it is to have."
    return f"Handed over to PieFed: {handed.deliveries} activities for {handed.servers} servers."
