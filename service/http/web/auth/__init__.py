"""The way in: signing in and out, registering, confirming an address, a forgotten password."""

from service.http.web.auth import activation, recovery, signin

BLUEPRINTS = tuple(one.blueprint for one in (activation, recovery, signin))
