"""Documents of people, communities, feeds and this server.

Source: https://www.w3.org/TR/activitypub/#actor-objects, FEP-1b12 (groups), FEP-2677 (applications),
FEP-2c59 (webfinger)
"""

from typing import Any

from service.federation.vocabulary import Document
from service.federation.write.documents import stamp, without_nothing
from service.federation.write.rows import CommunityRow, FeedRow, PersonRow, SiteRow
from service.federation.write.tags import community_flair, flair


def person(row: PersonRow) -> Document:
    """Return the actor of an account."""
    return without_nothing(
        {
            "type": "Service" if row.bot else "Person",
            **_common(row.url, row.name, row.public_key, row.domain),
            "name": row.title,
            "url": row.url,
            "followers": f"{row.url}/followers",
            "discoverable": row.discoverable,
            "indexable": row.indexable,
            "acceptPrivateMessages": row.accepts_messages,
            "manuallyApprovesFollowers": row.approves_followers,
            "published": stamp(row.published),
            "icon": _image(row.icon),
            "image": _image(row.image),
            **_about(row.about, row.about_html),
            "matrixUserId": row.matrix or None,
            "attachment": [_field(name, value) for name, value in row.fields] or None,
        }
    )


def group(row: CommunityRow) -> Document:
    """Return the actor of a community."""
    document = {
        "type": "Group",
        **_common(row.url, row.name, row.public_key, row.domain),
        "name": row.title,
        "url": row.url,
        **_collections(row.url, "followers", "moderators", "featured"),
        "attributedTo": f"{row.url}/moderators",
        "manuallyApprovesFollowers": row.approves_followers,
        "discoverable": True,
        "postingWarning": row.posting_warning,
        "sensitive": row.sensitive,
        "postingRestrictedToMods": row.moderators_only,
        "questionAnswer": row.question_answer,
        "defaultPostType": row.default_post_type,
        "newModsWanted": row.new_moderators_wanted,
        "privateMods": row.private_moderators,
        "genAI": row.generated,
        "postUrlType": row.post_url_type,
        "published": stamp(row.published),
        "lemmy:tagsForPosts": [flair(one) for one in row.flairs],
        "tag": [community_flair(one) for one in row.flairs],
        "language": [{"identifier": one.code, "name": one.name} for one in row.languages],
    }
    further = {
        "updated": stamp(row.updated) if row.updated else None,
        "theme": row.theme or None,
        "icon": _image(row.icon),
        "image": _image(row.image),
        **_about(row.about, row.about_html),
    }
    return document | without_nothing(further)


def feed(row: FeedRow) -> Document:
    """Return the actor of a feed."""
    return without_nothing(
        {
            "type": "Feed",
            **_common(row.url, row.name, row.public_key, row.domain),
            "name": row.title,
            "url": row.url,
            **_collections(row.url, "followers", "following", "moderators"),
            "attributedTo": f"{row.url}/moderators",
            "sensitive": row.sensitive,
            "childFeeds": list(row.children),
            "published": stamp(row.published),
            "updated": stamp(row.updated) if row.updated else None,
            "icon": _image(row.icon),
            "image": _image(row.image),
            **_about(row.about, row.about_html),
        }
    )


def server(row: SiteRow) -> Document:
    """Return the actor of this server, as Lemmy knows it: the one at `/`."""
    url = f"{row.origin}/"
    return {
        "type": "Application",
        "id": url,
        "url": url,
        "name": row.name,
        "preferredUsername": row.domain,
        "summary": f"{row.name} - {row.description}" if row.description else row.name,
        "icon": _image(row.icon),
        "inbox": f"{row.origin}/inbox",
        "outbox": f"{row.origin}/site_outbox",
        "endpoints": {"sharedInbox": f"{row.origin}/inbox"},
        "publicKey": _key(url, row.public_key),
        "published": stamp(row.published),
        "updated": stamp(row.updated),
    }


def signer(row: SiteRow) -> Document:
    """Return the actor that signs what this server fetches: the one at `/actor`, with the same key."""
    url = f"{row.origin}/actor"
    return {
        "type": "Application",
        **_common(url, row.domain, row.public_key, row.domain),
        "url": f"{row.origin}/about",
        "manuallyApprovesFollowers": True,
    }


def _common(url: str, name: str, public_key: str, domain: str) -> dict[str, Any]:
    """Return what every actor has: Mastodon and PieFed refuse one without in- or outbox."""
    return {
        "id": url,
        "preferredUsername": name,
        "webfinger": f"{name}@{domain}",
        "inbox": f"{url}/inbox",
        "outbox": f"{url}/outbox",
        "endpoints": {"sharedInbox": f"https://{domain}/inbox"},
        "publicKey": _key(url, public_key),
    }


def _key(url: str, public_key: str) -> Document:
    return {"id": f"{url}#main-key", "owner": url, "publicKeyPem": public_key}


def _collections(url: str, *names: str) -> dict[str, str]:
    return {name: f"{url}/{name}" for name in names}


def _about(markdown: str, html: str) -> dict[str, Any]:
    if not html:
        return {}
    return {"summary": html, "source": {"content": markdown, "mediaType": "text/markdown"}}


def _image(url: str | None) -> Document | None:
    return {"type": "Image", "url": url} if url else None


def _field(name: str, value: str) -> Document:
    return {"type": "PropertyValue", "name": name, "value": value}
