"""Quotas, and the words for sizes. Pure."""

from service.forum.errors import Invalid
from service.language import _

MEBIBYTE = 2**20


def check_quota(field: str, used: int, more: int, quota: int) -> None:
    """Refuse an upload that goes over the quota.

    Parameters:
        field: the name of the input.
        used, more: bytes of the member's uploads so far, and of the new one.
        quota: bytes; 0 for no limit.

    Raises:
        Invalid: with the numbers.
    """
    if quota and used + more > quota:
        raise Invalid(
            {
                field: _(
                    "Your images use %(used)s of %(quota)s, and this one needs %(more)s. Delete some images in"
                    " your settings first.",
                    used=in_words(used),
                    quota=in_words(quota),
                    more=in_words(more),
                )
            },
            code="quota_reached",
        )


def in_words(count: int) -> str:
    """Write a number of bytes for a person."""
    if count >= 1024 * MEBIBYTE:
        return f"{count / (1024 * MEBIBYTE):.1f} GB"
    if count >= MEBIBYTE:
        return f"{count / MEBIBYTE:.1f} MB"
    return f"{-(-count // 1024)} kB"
