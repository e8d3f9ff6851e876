"""Administration: what staff and administrators do, one module a subject."""

from service.http.web.frame.folders import blueprints_in

BLUEPRINTS = blueprints_in(__name__, __path__)
