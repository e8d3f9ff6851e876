"""What members set for themselves: their profile, what they read, their way in, what they take along, and their end."""

from service.http.web.settings import (
    account,
    filters,
    followers,
    leaving,
    luggage,
    profile,
    quotes,
    reading,
    uploads,
)
from service.http.web.settings.blueprint import blueprint

BLUEPRINTS = (blueprint, filters.blueprint, uploads.blueprint)

__all__ = ["BLUEPRINTS", "account", "followers", "leaving", "luggage", "profile", "quotes", "reading"]
