"""What moderators want and one transaction cannot do: a part at a time, each with the event of the rest."""

from functools import partial
from typing import Any

from service.forum.moderation.branches import remove_some_answers
from service.forum.moderation.content import remove_some_content
from service.forum.moderation.withdrawals import withdraw_some
from service.lifecycle import Resources
from service.storage import outbox


async def moderate(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Return the write that does the next part."""
    return partial(KINDS[claimed.kind], payload=claimed.payload)


KINDS = {
    "BranchPurgeRequested": remove_some_answers,
    "ContentPurgeRequested": remove_some_content,
    "WithdrawalDecided": withdraw_some,
}
