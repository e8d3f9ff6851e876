"""The key that signs what apps and forms send."""

from service.config import Config
from service.doctor.findings import Finding
from service.secret_key import MEND, weakness_of


def look_at_secret(config: Config) -> Finding:
    """Look at the secret key; one of pyfedi's days may be short and goes on working."""
    weakness = weakness_of(config.site.secret_key) if config.site.secret_key else None
    if weakness is None:
        return Finding("secret", True, "the secret key is strong")
    mend = f"{MEND}, and set site.secret_key to it. Apps will have to sign in again"
    return Finding("secret", False, f"the secret key is weak: {weakness}", mend)
