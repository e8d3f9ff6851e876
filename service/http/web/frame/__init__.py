"""What all pages are made with: templates, forms, lists, languages, notices, files of the browser's."""

from service.http.web.frame import assets, notices, rendering

BLUEPRINTS = tuple(one.blueprint for one in (assets, notices))

__all__ = ["BLUEPRINTS", "rendering"]
