"""Rows to write documents of, invented."""

from datetime import datetime

from service.federation.write.rows import (
    ActorRow,
    CommentRow,
    CommunityRow,
    EmojiRow,
    FeedRow,
    FlairRow,
    ImageRow,
    LanguageRow,
    MessageRow,
    PersonRow,
    PlaceRow,
    PostRow,
    SiteRow,
)
from service.forum.posts.shapes import ChoiceRow, EventRow, PollRow

NOW = datetime(2026, 11, 26, 12)
LONG_AGO, LATER = datetime(2025, 1, 2, 3, 4, 5, 678901), datetime(2025, 2, 3, 4, 5, 6, 789012)
HERE = "https://pie.example"
PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"

ANA = ActorRow(2, f"{HERE}/u/Ana", "Ana@pie.example", f"{HERE}/u/Ana/followers", f"{HERE}/u/Ana/inbox")
BEN = ActorRow(
    3,
    "https://toot.example/users/ben",
    "ben@toot.example",
    "https://toot.example/users/ben/followers",
    "https://toot.example/inbox",
    7,
    "mastodon",
)
CATS = PlaceRow(
    4,
    f"{HERE}/c/cats",
    "cats@pie.example",
    f"{HERE}/c/cats/followers",
    f"{HERE}/c/cats/inbox",
    f"{HERE}/c/cats/moderators",
    f"{HERE}/c/cats/featured",
    1,
    True,
    "here",
)
FLAIR = FlairRow(f"{HERE}/c/cats/tag/1", "News", "#ffffff", "#aa0000", True)
EMOJI = EmojiRow(":blobcat:", f"{HERE}/media/blobcat.png")

POST = PostRow(
    id=12,
    url=f"{HERE}/c/cats/p/12/a-slug",
    page=f"{HERE}/c/cats/p/12/a-slug",
    author=ANA,
    place=CATS,
    title='Cats & "dogs" <3 日本語',
    body="Hello **world**, @ben@toot.example :blobcat:",
    body_html="<p>Hello <strong>world</strong>, @ben@toot.example :blobcat:</p>\n",
    context=f"{HERE}/post/12/context",
    replies=f"{HERE}/post/12/replies",
    language=LanguageRow("fr", "Français"),
    sensitive=True,
    nsfl=True,
    generated=True,
    sticky=True,
    comments_enabled=False,
    flairs=(FLAIR,),
    hashtags=(("katzen", f"{HERE}/tag/katzen"),),
    emoji=(EMOJI,),
    mentions=(BEN,),
    published=LONG_AGO,
    updated=LATER,
)
PICTURE = ImageRow(f"{HERE}/media/posts/cat.png", "a cat, asleep")
POLL = PollRow("multiple", False, LATER, None, (ChoiceRow(1, "Red", 1, 2), ChoiceRow(2, "Blue & <b>", 2, 1)))
EVENT = EventRow(
    start=LONG_AGO,
    end=LATER,
    timezone="Europe/Berlin",
    max_attendees=20,
    participant_count=3,
    full=False,
    online=True,
    online_link="https://meet.example/x",
    join_mode="external",
    external_participation_url="https://tickets.example/join",
    anonymous_participation=True,
    buy_tickets_link="https://tickets.example/buy",
    event_fee_currency="EUR",
    event_fee_amount=2.5,
    location={"address": "Street 1", "city": "Berlin", "country": "Germany"},
)
COMMENT = CommentRow(
    id=5,
    url=f"{HERE}/comment/5",
    author=ANA,
    place=CATS,
    post_id=12,
    parent=f"{HERE}/comment/4",
    answered=BEN,
    body="So **there**",
    body_html="<p>So <strong>there</strong></p>\n",
    context=f"{HERE}/post/12/context",
    replies=f"{HERE}/comment/5/replies",
    language=LanguageRow("en", "English"),
    sensitive=True,
    distinguished=True,
    answer=True,
    replies_enabled=False,
    flair="the boss",
    published=LONG_AGO,
    updated=LATER,
)
MESSAGE = MessageRow(
    id=9,
    url=f"{HERE}/private_message/9",
    sender=ANA,
    recipient=BEN,
    body="psst",
    body_html="<p>psst</p>\n",
    parent="https://toot.example/messages/1",
    conversation=f"{HERE}/chat/3",
    published=LONG_AGO,
)
PERSON = PersonRow(
    id=2,
    url=f"{HERE}/u/Ana",
    name="Ana",
    title="Ana A.",
    domain="pie.example",
    public_key=PEM,
    about="About **me**",
    about_html="<p>About <strong>me</strong></p>",
    bot=True,
    discoverable=False,
    indexable=False,
    approves_followers=True,
    accepts_messages=1,
    icon=f"{HERE}/media/ana.png",
    image=f"{HERE}/media/cover.png",
    matrix="@ana:matrix.example",
    fields=(("Web", "https://ana.example"),),
    published=LONG_AGO,
)
COMMUNITY = CommunityRow(
    id=4,
    url=f"{HERE}/c/cats",
    name="cats",
    title="Cats",
    domain="pie.example",
    public_key=PEM,
    about="All **cats**",
    about_html="<p>All <strong>cats</strong></p>",
    approves_followers=True,
    posting_warning="Only cats",
    sensitive=True,
    moderators_only=True,
    question_answer=True,
    new_moderators_wanted=True,
    generated=True,
    icon=f"{HERE}/media/cats.png",
    flairs=(FLAIR,),
    languages=(LanguageRow("fr", "Français"),),
    published=LONG_AGO,
    updated=LATER,
)
FEED = FeedRow(
    id=6,
    url=f"{HERE}/f/pets",
    name="pets",
    title="Pets",
    domain="pie.example",
    public_key=PEM,
    about="All",
    about_html="<p>All</p>",
    sensitive=True,
    children=(f"{HERE}/f/cats",),
    published=LONG_AGO,
    updated=LATER,
)
SITE = SiteRow(
    origin=HERE,
    domain="pie.example",
    name="Pie",
    description="A bar",
    icon=f"{HERE}/favicon.ico",
    public_key=PEM,
    published=LONG_AGO,
    updated=LATER,
)
