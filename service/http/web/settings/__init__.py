"""What members set for themselves: their profile, what they read, their way in, what they take along, and their end."""

from service.http.web.settings import account, filters, leaving, luggage, profile, reading, uploads
from service.http.web.settings.blueprint import blueprint

BLUEPRINTS = (blueprint, filters.blueprint, uploads.blueprint)

__all__ = ["BLUEPRINTS", "account", "leaving", "luggage", "profile", "reading"]
