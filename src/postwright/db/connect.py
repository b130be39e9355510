"""From settings to a database that is there: the embedded one, or the one that DATABASE_URL names."""

from __future__ import annotations

from postwright.config import Settings
from postwright.db import embedded, instance
from postwright.db.bootstrap import Dsns, bootstrap_embedded, bootstrap_external, embedded_dsns, external_dsns
from postwright.db.home import prepare_home
from postwright.errors import Unavailable


def ensure(settings: Settings) -> Dsns:
    """Starts the embedded server if that is the one and makes roles, logins and database; nothing is migrated."""
    if settings.database_url:
        return bootstrap_external(settings, instance.instance_key(settings))
    home = prepare_home(settings.home)
    key = instance.instance_key(settings)
    return bootstrap_embedded(embedded.start(home, key), key)


def dsns(settings: Settings) -> Dsns:
    """How to reach the database that somebody else keeps running; Unavailable when the embedded one does not run."""
    if settings.database_url:
        return external_dsns(settings, instance.instance_key(settings))
    found = embedded.status(settings.home)
    if not found.running or found.port is None:
        raise Unavailable(f"the database of {settings.home} does not run: start it with `postwright up` or `postwright db start`")
    return embedded_dsns(found.port, instance.instance_key(settings))
