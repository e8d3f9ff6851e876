"""What members set for themselves."""

from service.http.web.settings import account, filters, uploads

BLUEPRINTS = tuple(one.blueprint for one in (account, filters, uploads))
