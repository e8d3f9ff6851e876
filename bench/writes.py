"""What wrk sends to write: votes and comments of several people, on many posts in turn."""

import json
from collections.abc import Sequence

# Up in one round, down in the next, so that each request changes something.
_VOTE = """
wrk.path = "/api/alpha/post/like"
function body(n)
    local round = math.floor(n / #posts)
    return string.format('{"post_id":%d,"score":%d}', posts[n % #posts + 1], round % 2 == 0 and 1 or -1)
end
"""
_COMMENT = """
wrk.path = "/api/alpha/comment"
function body(n)
    return string.format('{"post_id":%d,"body":"Number %d of %d"}', posts[n % #posts + 1], n, started)
end
"""
_SENDING = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local count = 0
started, tokens, posts = os.time(), %s, %s
function request()
    count = count + 1
    -- Everybody goes through all posts, each beginning elsewhere.
    wrk.headers["Authorization"] = "Bearer " .. tokens[count %% #tokens + 1]
    return wrk.format(nil, nil, nil, body(math.floor(count / #tokens) + count %% #tokens * 7))
end
"""


def voting(tokens: Sequence[str], posts: Sequence[int]) -> str:
    """Return the script of people who vote.

    Parameters:
        tokens: one of each of them.
        posts: ids.
    """
    return _sending(tokens, posts) + _VOTE


def commenting(tokens: Sequence[str], posts: Sequence[int]) -> str:
    """Return the script of people who comment; see `voting`."""
    return _sending(tokens, posts) + _COMMENT


def _sending(tokens: Sequence[str], posts: Sequence[int]) -> str:
    return _SENDING % (_table(tokens), _table(posts))


def _table(values: Sequence[object]) -> str:
    return "{" + ",".join(json.dumps(value) for value in values) + "}"
