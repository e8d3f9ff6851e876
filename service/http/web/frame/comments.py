"""Comments as pages show them: alone, or in the tree of a discussion."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache, partial

import msgspec
from markupsafe import escape

from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.comments.rules import BODY_MAX
from service.forum.comments.shapes import CommentNode, CommentRow
from service.http.web.frame.bodies import body
from service.http.web.frame.fields import Area, Form
from service.http.web.frame.helpers import (
    NOWHERE,
    ago,
    display_name,
    face,
    flair_of,
    home,
    person_path,
    web_url,
)
from service.http.web.frame.rendering import render_part
from service.http.web.frame.stamps import stamped
from service.language.formats import compact, number
from service.language.sentences import _, n_, translated_number

BODY = Area(
    "body", _("Your comment"), required=True, missing=_("Write a comment first."), most=BODY_MAX, written=True
)
COMMENT = Form(BODY)

TEMPLATE = "parts/comments.html"
COLLAPSED = -10  # the score at which a visitor sees comments collapsed
AUTHORS = 4096  # that are kept


class Look(msgspec.Struct, frozen=True, gc=False):
    """All that the template asks about a comment.

    Attributes:
        state: `shown`, `deleted` or `removed`.
        vote: 1, 0 or -1.
        folded: Below the name of a filter.
        may_restore, may_answer, may_choose: By the viewer.
        is_new: Written since the viewer was here last.
    """

    state: str
    signed_in: bool
    takes_downvotes: bool
    vote: int
    saved: bool
    own: bool
    moderated: bool
    may_restore: bool
    may_answer: bool
    may_choose: bool
    folded: bool
    open: bool
    here: bool
    is_new: bool
    by_op: bool
    by_moderator: bool
    by_admin: bool
    by_bot: bool
    sticky: bool
    answer: bool
    locked: bool
    distinguished: bool
    edited: bool
    original: bool


class Discussion(msgspec.Struct, kw_only=True, frozen=True):
    """The tree of a page; a template writes it as `{{ discussion }}`.

    Attributes:
        nodes: The top of the tree.
        viewer: Who reads.
        op_id: Who wrote the post.
        moderates: Whether the viewer moderates there.
        locked: Whether nobody can answer.
        sort: The word of the order, for links to further answers.
        here: The comment that the address names, if it names one.
        next_url: Where more of the named comment's answers are.
        seen_at: When the viewer was here last; None is never.
    """

    nodes: list[CommentNode]
    viewer: Viewer | None
    op_id: int
    moderates: bool
    locked: bool
    sort: str
    here: int | None = None
    next_url: str | None = None
    seen_at: datetime | None = None

    def __html__(self) -> str:
        """Return the branches as items of a list."""
        return "".join(_branch(self, node, locked=self.locked) for node in self.nodes)


class Alone(msgspec.Struct, frozen=True):
    """A comment in a list: a template writes its text, and what can be done about it, as `{{ alone }}`."""

    comment: CommentRow
    viewer: Viewer | None

    def __html__(self) -> str:
        """Return it without its author and its answers."""
        look = _look(self.comment, self.viewer, moderates=False, locked=True)
        return _stamp("alone", look, _texts(self.comment))


def _branch(page: Discussion, node: CommentNode, *, locked: bool) -> str:
    comment, viewer = node.comment, page.viewer
    is_own = viewer is not None and comment.author.id == viewer.id
    is_hidden = viewer is not None and comment.score <= viewer.reply_hide_threshold
    if is_hidden and not is_own and comment.id != page.here:
        return ""
    look = _look(
        comment,
        viewer,
        moderates=page.moderates,
        locked=locked,
        here=comment.id == page.here,
        by_op=comment.author.id == page.op_id,
        is_new=page.seen_at is not None and not is_own and comment.posted_at > page.seen_at,
    )
    answers = _answers(page, node, locked=locked or comment.locked)
    return _stamp("branch", look, _texts(comment) | {"answers": answers})


def _stamp(macro: str, look: Look, texts: dict[str, str]) -> str:
    return stamped(look, partial(render_part, TEMPLATE, macro), macro, texts)


def _answers(page: Discussion, node: CommentNode, *, locked: bool) -> str:
    next_url = page.next_url if node.comment.id == page.here else None
    items = [_branch(page, child, locked=locked) for child in node.children]
    if node.more or next_url:
        items.append(_rest(node, page.sort, next_url))
    return f'<ul class="thread">{"".join(items)}</ul>' if items else ""


# What leads to the answers that are not on the page.
ANSWERS = n_("%(shown)s more reply", "%(shown)s more replies", number=0, shown="")


def _rest(node: CommentNode, sort: str, next_url: str | None) -> str:
    """The link to more answers: all of them anew, or the next page of them."""
    here, anew = node.comment, node.more > 0
    words = translated_number(ANSWERS.one, ANSWERS.many, node.more) % {"shown": number(node.more)}
    texts = {
        "url": f"/post/{here.post_id}/comment/{here.id}?sort={sort}" if anew else str(escape(next_url)),
        "words": words,
        "list": f"#comment_{here.id} &gt; details &gt; ul",
    }
    return stamped(anew, partial(render_part, TEMPLATE, "rest"), "rest", texts)


def _look(
    comment: CommentRow,
    viewer: Viewer | None,
    *,
    moderates: bool,
    locked: bool,
    here: bool = False,
    by_op: bool = False,
    is_new: bool = False,
) -> Look:
    own = viewer is not None and comment.author.id == viewer.id
    community = comment.post.community
    collapsed = viewer.reply_collapse_threshold if viewer else COLLAPSED
    return Look(
        state="deleted" if comment.deleted else "removed" if comment.removed else "shown",
        signed_in=viewer is not None,
        takes_downvotes=community.takes_downvotes,
        vote=comment.mine.vote,
        saved=comment.mine.saved,
        own=own,
        moderated=moderates,
        may_restore=(comment.deleted and own) or (comment.removed and moderates),
        may_answer=not locked and not comment.locked,
        may_choose=viewer is not None and community.question_answer and comment.post.author.id == viewer.id,
        folded=bool(comment.mine.folded),
        open=here or comment.score > collapsed,
        here=here,
        is_new=is_new,
        by_op=by_op,
        by_moderator=comment.author_is_moderator,
        by_admin=comment.author.is_admin,
        by_bot=comment.author.bot,
        sticky=comment.sticky,
        answer=comment.answer,
        locked=comment.locked,
        distinguished=comment.distinguished,
        edited=comment.edited_at is not None,
        original=not comment.local and web_url(comment.ap_id) != NOWHERE,
    )


def _texts(comment: CommentRow) -> dict[str, str]:
    """What a comment says of itself, as HTML."""
    name, by = _author(comment.author)
    is_shown = not comment.deleted and not comment.removed
    return {
        "id": str(comment.id),
        "post_id": str(comment.post_id),
        "name": name,
        "author": by,
        "posted": ago(comment.posted_at),
        "edited": ago(comment.edited_at) if comment.edited_at else "",
        "score": compact(comment.score),
        "body": body(comment) if is_shown else "",
        "picture": render_part("parts/pictures.html", "photo", comment.image, True) if comment.image else "",
        "reactions": render_part("parts/posts.html", "reactions", comment) if comment.reactions else "",
        "folded": escape(comment.mine.folded) if comment.mine.folded else "",
        "original": "" if comment.local else escape(comment.ap_id),
        "site": "" if comment.local else escape(comment.author.domain or ""),
    }


@lru_cache(AUTHORS)
def _author(author: AuthorRow) -> tuple[str, str]:
    """Who wrote it: the name, and the picture with the link to their page."""
    name = escape(display_name(author))
    link = f'<a class="at" href="{escape(person_path(author))}"><bdi>{name}</bdi>{home(author)}</a>'
    return str(name), f"{face(author)}{link}{flair_of(author)}"


def count_new(nodes: Iterable[CommentNode], seen_at: datetime | None, viewer: Viewer | None) -> int:
    """Return how many of the comments of a tree are new to the viewer."""
    if viewer is None or seen_at is None:
        return 0
    waiting, count = list(nodes), 0
    while waiting:
        node = waiting.pop()
        count += node.comment.posted_at > seen_at and node.comment.author.id != viewer.id
        waiting += node.children
    return count
