"""How somebody wants to see a post of a kind that they would rather not meet: blurred, faded, folded away. Pure."""

import msgspec

from service.forum.accounts.choices import AIVisibility, Visibility
from service.forum.accounts.filters import Place, folding_filter
from service.forum.accounts.viewer import Viewer
from service.forum.posts.shapes import PostRow

# So much of a text is looked through for words.
TEXT_READ = 5_000


def as_wished(viewer: Viewer | None, post: PostRow, place: Place | None = None) -> PostRow:
    """Return the post, marked with how the viewer wants to see it.

    Parameters:
        place: where it stands, for the viewer's keyword filters; None where it was sought on purpose.
    """
    folded = _folded(viewer, post, place)
    blurred, faded = _is_blurred(viewer, post) or bool(folded), viewer is not None and _is_faded(viewer, post)
    if not (blurred or faded):
        return post
    mine = msgspec.structs.replace(post.mine, blurred=blurred, faded=faded, folded=folded)
    return msgspec.structs.replace(post, mine=mine)


def _folded(viewer: Viewer | None, post: PostRow, place: Place | None) -> str:
    if viewer is None or place is None or not viewer.filters or post.author.id == viewer.id:
        return ""
    return folding_filter(viewer.filters, place, f"{post.title}\n{(post.body or '')[:TEXT_READ]}")


def _is_blurred(viewer: Viewer | None, post: PostRow) -> bool:
    if any(flair.blur_images for flair in post.flairs):
        return True
    if viewer is None:
        return post.nsfw or post.nsfl
    return (
        (post.nsfw and viewer.hide_nsfw is Visibility.BLUR)
        or (post.nsfl and viewer.hide_nsfl is Visibility.BLUR)
        or (post.from_bot and viewer.ignore_bots is Visibility.BLUR)
    )


def _is_faded(viewer: Viewer, post: PostRow) -> bool:
    return (
        (post.nsfw and viewer.hide_nsfw is Visibility.TRANSPARENT)
        or (post.nsfl and viewer.hide_nsfl is Visibility.TRANSPARENT)
        or (post.from_bot and viewer.ignore_bots is Visibility.TRANSPARENT)
        or (post.ai_generated and viewer.hide_gen_ai is AIVisibility.TRANSPARENT)
    )
