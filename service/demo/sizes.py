"""How large a demo is."""

import msgspec

from service.errors import StartupError


class Sizes(msgspec.Struct, frozen=True):
    """What a demo holds. `votes` are those of other people; everybody's own vote on what they wrote comes on top."""

    users: int
    communities: int
    posts: int
    comments: int
    votes: int

    def share(self, part: int, parts: int) -> "Sizes":
        """Return what falls to one of so many parts of the history; people and communities are in each of them."""

        def of(total: int) -> int:
            return total * (part + 1) // parts - total * part // parts

        return msgspec.structs.replace(
            self, posts=of(self.posts), comments=of(self.comments), votes=of(self.votes)
        )


PRESETS = {
    "small": Sizes(40, 12, 400, 2_500, 5_000),
    "medium": Sizes(400, 60, 6_000, 36_000, 60_000),
    "full": Sizes(2_000, 200, 50_000, 300_000, 500_000),
    "huge": Sizes(20_000, 2_000, 500_000, 3_000_000, 5_000_000),
}
LARGEST = PRESETS["huge"]
FEWEST_USERS = 4


def sizes_of(preset: str, **wanted: int | None) -> Sizes:
    """Return a preset with some of its numbers replaced.

    Parameters:
        preset: a key of PRESETS.
        wanted: numbers by name; None keeps the preset's.

    Raises:
        StartupError: a number is too small or too large, or they do not go together.
    """
    sizes = msgspec.structs.replace(
        PRESETS[preset], **{name: number for name, number in wanted.items() if number is not None}
    )
    for name in Sizes.__struct_fields__:
        most = getattr(LARGEST, name)
        if not 0 <= getattr(sizes, name) <= most:
            raise StartupError(f"--{name}: expected a number from 0 to {most:,}.")
    if sizes.users < FEWEST_USERS or not sizes.communities:
        raise StartupError(f"A demo needs at least {FEWEST_USERS} people and one community.")
    if sizes.comments and not sizes.posts:
        raise StartupError("--comments: there are no posts to comment on.")
    if sizes.votes > (sizes.posts + sizes.comments) * (sizes.users - 1) // 2:
        raise StartupError("--votes: too many for this number of people, posts and comments.")
    return sizes
