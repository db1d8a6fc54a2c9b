"""Migrations: from an empty database, or from any earlier revision, to a later one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from maas_core.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables to a revision. Raises `StoreError` for a database that a later version wrote."""
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory(str(MIGRATIONS))
    known = {one.revision for one in script.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"the database has revision {current}, which this version does not know: "
            "use the version of maas-core that wrote it, or a later one"
        )
    if current == script.get_current_head() and revision == "head":
        return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
