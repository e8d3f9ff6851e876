"""Who is signed in, as the API shows it: what they have set, follow, moderate and block."""

from typing import TypedDict

from service.http.api.shapes.communities import Community, CommunityModeratorView
from service.http.api.shapes.people import LocalUserView, Person
from service.http.api.shapes.site import Instance, LanguageView


class CommunityFollowerView(TypedDict):
    """Who is a member of what."""

    community: Community
    follower: Person


class CommunityBlockView(TypedDict):
    """Who wants to see nothing of which community."""

    community: Community
    person: Person


class PersonBlockView(TypedDict):
    """Who wants to see nothing of whom."""

    person: Person
    target: Person


class InstanceBlockView(TypedDict):
    """Who wants to see nothing of which server."""

    person: Person
    instance: Instance


class MyUserInfo(TypedDict):
    """The person who is signed in."""

    local_user_view: LocalUserView
    follows: list[CommunityFollowerView]
    moderates: list[CommunityModeratorView]
    community_blocks: list[CommunityBlockView]
    person_blocks: list[PersonBlockView]
    instance_blocks: list[InstanceBlockView]
    discussion_languages: list[LanguageView]
