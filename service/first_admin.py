"""The first administrator of a new site, made by `pieloop admin create-first` and by `pieloop up`."""

import secrets
from dataclasses import dataclass

from service.config import Config
from service.errors import StartupError
from service.forum.accounts.authentication import make_first_admin
from service.forum.accounts.queries.site_staff import has_accounts
from service.forum.errors import ForumError
from service.secret_key import MEND, weakness_of
from service.storage.engine import create_engine
from service.storage.transaction import Database, StorageError


@dataclass(frozen=True)
class FirstAdmin:
    """Who was made; `password` is empty where it was configured."""

    name: str
    password: str

    @property
    def announcement(self) -> str:
        """The one time that the password is shown."""
        if not self.password:
            return f"The administrator is {self.name}, with the configured password."
        return f"The administrator is {self.name}, with the password {self.password} (only shown once)"


async def create_first_admin(config: Config) -> FirstAdmin | None:
    """Make the administrator of the configuration, unless the site has one.

    Returns:
        Who was made, None if there was one.

    Raises:
        StartupError: the name, the password or the secret key cannot be used, or the database cannot be reached.
    """
    generated = "" if config.admin.password else secrets.token_urlsafe(12)
    password = config.admin.password or generated
    engine = create_engine(config, "migrate")
    database = Database(engine)
    try:
        await _refuse_weak_key(database, config.site.secret_key)
        made = await make_first_admin(database, config.admin.name, password, domain=config.site.domain)
    except ForumError as error:
        raise StartupError(f"admin.name or admin.password can't be used: {error}.") from error
    except StorageError as error:
        raise StartupError(f"The first administrator can't be created: {error}.") from error
    finally:
        await engine.dispose()
    return FirstAdmin(config.admin.name, generated) if made else None


async def _refuse_weak_key(database: Database, key: str) -> None:
    """Raise StartupError where a site without accounts would begin with a key that can be guessed."""
    weakness = weakness_of(key) if key else None
    if weakness is None:
        return
    async with database.read() as db:
        if await has_accounts(db):
            return
    raise StartupError(f"site.secret_key is too weak for a new site: {weakness}. {MEND}.")
