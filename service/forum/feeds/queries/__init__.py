"""Lists of posts as their readers see them: the front page, a community's, a person's, what a search finds."""

from service.forum.feeds.queries.pages import page_of_posts, website_name

__all__ = ["page_of_posts", "website_name"]
