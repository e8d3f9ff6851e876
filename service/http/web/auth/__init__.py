"""The way in: signing in and out, registering, confirming an address, a forgotten password."""

from service.http.web.frame.folders import blueprints_in

BLUEPRINTS = blueprints_in(__name__, __path__)
