"""What groups posts of several communities: topics, feeds, websites, hashtags; and the page that leads to them all."""

from service.http.web.groups import exploring, feeds, making, tags, topics, websites
from service.http.web.groups.blueprint import blueprint

__all__ = ["blueprint", "exploring", "feeds", "making", "tags", "topics", "websites"]
