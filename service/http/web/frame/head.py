"""What the head of a page says to other sites, search engines and messengers that show a link to it.

OpenGraph (https://ogp.me), which Twitter's cards build upon, and for posts schema.org's `DiscussionForumPosting`
(https://developers.google.com/search/docs/appearance/structured-data/discussion-forum).
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from markupsafe import Markup

from service.forum.accounts.shapes import AuthorRow, Profile
from service.forum.communities.shapes import CommunityDetail, CommunityRow
from service.forum.posts.shapes import PostRow
from service.forum.site import SiteRow
from service.http.context import resources
from service.http.web.frame.helpers import (
    NOWHERE,
    community_path,
    display_name,
    image_url,
    person_path,
    post_path,
    web_url,
)
from service.text.excerpts import excerpt

SUMMARY_LENGTH = 200
_ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&"})


class Head(msgspec.Struct, frozen=True):
    """The head's facts.

    Attributes:
        kind: OpenGraph's type.
        canonical: The one address of the page.
        summary: The text's beginning without its spoilers, else the title.
        picture: An absolute address; '' for none.
        is_wide: The picture is what the page is about and no icon.
        facts: The same as JSON-LD, safe within a script element; empty for none.
    """

    kind: str
    title: str
    canonical: str
    summary: str
    picture: str = ""
    picture_alt: str = ""
    is_wide: bool = False
    facts: Markup = Markup()


def head_of(post: PostRow) -> Head:
    """Return what the head of the post's page says."""
    summary = excerpt(post.body_html, post.body, SUMMARY_LENGTH) or post.title
    canonical, picture = _canonical(post.ap_id, post_path(post), local=post.local), _picture_of(post)
    alt = (post.image.alt_text or "") if post.image and picture else ""
    facts = _in_script(_facts_of(post, canonical, summary, picture))
    return Head("article", post.title, canonical, summary, picture, alt, bool(picture), facts)


def head_of_community(detail: CommunityDetail) -> Head:
    """Return what the head of a community's page says."""
    community = detail.community
    summary = excerpt(detail.description_html, detail.description, SUMMARY_LENGTH) or community.title
    hides = community.private or community.nsfw or community.nsfl
    picture = "" if hides else absolute(detail.banner_url or community.icon_url)
    canonical = _of_actor(community, community_path(community))
    return Head(
        "website", community.title, canonical, summary, picture, is_wide=bool(detail.banner_url and picture)
    )


def head_of_person(profile: Profile) -> Head:
    """Return what the head of a person's page says."""
    person = profile.person
    shown = display_name(person)
    summary = excerpt(profile.about_html, profile.about, SUMMARY_LENGTH) or shown
    return Head(
        "profile", shown, _of_actor(person, person_path(person)), summary, absolute(person.avatar_url)
    )


def head_of_site(site: SiteRow) -> Head:
    """Return what the head of the front page says."""
    return Head("website", site.name, _here("/"), site.description or site.name, absolute(site.icon_url))


def _canonical(identifier: str, path: str, *, local: bool) -> str:
    """Where something comes from; for our own its readable address."""
    comes_from = web_url(identifier)
    return comes_from if not local and comes_from != NOWHERE else _here(path)


def _of_actor(actor: AuthorRow | CommunityRow, path: str) -> str:
    return _canonical(actor.actor_id, path, local=actor.local)


def _picture_of(post: PostRow) -> str:
    """The picture that a link to the post is shown with elsewhere; '' for none, and for one that is not for all."""
    if post.image is None or post.nsfw or post.nsfl:
        return ""
    return absolute(post.image.medium_url or post.image.url)


def absolute(url: str | None) -> str:
    """Return the whole address of a picture of ours or of the web; '' for none."""
    shown = image_url(url) if url else NOWHERE
    if shown == NOWHERE:
        return ""
    return _here(shown) if shown.startswith("/") else shown


def _here(path: str) -> str:
    return resources().config.site.base_url + path


def _facts_of(post: PostRow, canonical: str, summary: str, picture: str) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": post.title,
        "text": summary,
        "url": canonical,
        "author": {
            "@type": "Person",
            "name": display_name(post.author),
            "url": _of_actor(post.author, person_path(post.author)),
        },
        "datePublished": _moment(post.posted_at),
        "isPartOf": {
            "@type": "WebPage",
            "name": post.community.title,
            "url": _of_actor(post.community, community_path(post.community)),
        },
        "commentCount": post.reply_count,
        "interactionStatistic": {
            "@type": "InteractionCounter",
            "interactionType": "https://schema.org/LikeAction",
            "userInteractionCount": post.up_votes,
        },
    }
    if post.edited_at:
        facts["dateModified"] = _moment(post.edited_at)
    if picture:
        facts["image"] = picture
    return facts


def _moment(when: datetime) -> str:
    return when.replace(tzinfo=UTC).isoformat(timespec="seconds")


def _in_script(facts: dict[str, Any]) -> Markup:
    """Return JSON that ends no element, whatever people wrote: https://www.w3.org/TR/json-ld11/#restrictions-for-contents-of-json-ld-script-elements."""
    written = msgspec.json.encode(facts).decode()
    return Markup(written.translate(_ESCAPED))  # noqa: S704 - nothing in it begins or ends markup
