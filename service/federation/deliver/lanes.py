"""What an activity is about, written from the root downwards.

`p12/5/9/v7` is account 7's vote on comment 9, an answer to comment 5, in post 12. Of two activities one waits for the
other where one's lane begins with the other's: a comment for its post and for the comment that it answers, a vote for
what it is about. Votes of different people overtake each other. Pure.
"""

from collections.abc import Sequence

DEEPEST = 60  # comments below that share their lane: a lane has a limit


def of_post(post_id: int) -> str:
    """Return the lane of what happens to a post."""
    return f"p{post_id}"


def of_comment(post_id: int, path: Sequence[int]) -> str:
    """Return the lane of what happens to a comment.

    Parameters:
        post_id: the post that it stands below.
        path: the comments from the top of the discussion down to it, itself included, as its row has them.
    """
    return "/".join([of_post(post_id), *(str(comment_id) for comment_id in path[:DEEPEST] if comment_id)])


def of_vote(lane: str, account_id: int) -> str:
    """Return the lane of a vote.

    Parameters:
        lane: of what is voted on.
        account_id: whose vote it is.
    """
    return f"{lane}/v{account_id}"


def of_person(account_id: int) -> str:
    """Return the lane of what happens to an account, and of what it does to other actors."""
    return f"u{account_id}"


def of_community(community_id: int) -> str:
    """Return the lane of what happens to a community itself."""
    return f"c{community_id}"


def of_member(community_id: int, account_id: int) -> str:
    """Return the lane of a membership: following, leaving, bans, the office of moderator."""
    return f"{of_community(community_id)}/u{account_id}"


def of_feed(feed_id: int) -> str:
    """Return the lane of what happens to a feed."""
    return f"f{feed_id}"


def of_message(conversation_id: int) -> str:
    """Return the lane of a private conversation."""
    return f"m{conversation_id}"


def with_those_above(lane: str) -> list[str]:
    """Return a lane and all that it is part of: `p1/2/v3` gives `p1`, `p1/2`, `p1/2/v3`."""
    parts = lane.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
