"""Requests that nobody thought of, against the API for apps as it describes itself, by three people: `make fuzz-api`.

A member, a moderator and an administrator send them one after the other, each a third of the time. No answer may be a
5xx, or one that the document does not name.
"""

from pathlib import Path

from service.forum.accounts.viewer import Viewer
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import NewFeed
from service.forum.flairs import operations as flairs
from service.forum.flairs.operations import NewFlair
from service.forum.messages import operations as messages
from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.storage.transaction import Database
from tests.forum import making
from tests.fuzz.site import PATIENT, fuzz, new_site, run, say_faults
from tests.http.people import token_of
from tests.servers import DOMAIN
from tests.serving import hypercorn

MEMBERS, COMMUNITIES, POSTS = 10, 6, 6
# Endless by its nature; and a token that was given back opens nothing more.
LEFT_OUT = ("/api/alpha/user/stream", "/api/alpha/user/logout")


def _fuzz(place: Path, seconds: int, rest: list[str]) -> int:
    config, people = new_site(place, _fill)
    without = [part for path in LEFT_OUT for part in ("--exclude-path", path)]
    with hypercorn(config, place, None, PATIENT, PIELOOP_LIMITS_ENABLED="false") as (server, port):
        document = f"http://127.0.0.1:{port}/api/alpha/openapi.json"
        failed = False
        for role, token in people.items():
            print(f"-- as {role}", flush=True)
            headers = {"Authorization": f"Bearer {token}"}
            failed |= bool(fuzz(document, headers, place, seconds // len(people), *without, *rest))
        return say_faults(server) or failed


async def _fill(database: Database) -> dict[str, str]:
    """Make people and what they write; return the tokens of three of them by what they are."""
    boss = await making.administrator(database)
    members = [await making.member(database, f"member{number}") for number in range(MEMBERS)]
    ana, ben = members[:2]
    for number in range(COMMUNITIES):
        await _fill_community(database, ana, ben, number)
    for number, writer in enumerate(members[1:]):
        await database.write(messages.send, writer, ana.id, f"Message {number}", domain=DOMAIN)
    return {"a member": token_of(ben), "a moderator": token_of(ana), "an administrator": token_of(boss)}


async def _fill_community(database: Database, founder: Viewer, guest: Viewer, number: int) -> None:
    place = await making.community(database, founder, f"place{number}", private=number == 0)
    writer = founder if number == 0 else guest
    post_ids = await making.posts(database, writer, place, POSTS)
    await making.comments(database, founder, place, post_ids)
    poll = NewPost(community_id=place, title="Which?", poll=NewPoll(choices=("This", "That")))
    await database.write(posts.publish, writer, poll, domain=DOMAIN)
    await database.write(reports.report_post, writer, post_ids[0], Complaint(reason="Spam"))
    await database.write(flairs.create, founder, NewFlair(community_id=place, title="Label"), domain=DOMAIN)
    feed = NewFeed(name=f"feed{number}", title="Feed", keys=making.KEYS, communities=f"place{number}")
    await database.write(feeds.create, founder, feed, domain=DOMAIN)


if __name__ == "__main__":
    run(_fuzz, 900)
