"""The tables come from nothing or from any earlier revision, and are those that the code declares."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from maas_core.errors import StoreError
from maas_core.store.database import Database
from maas_core.store.tables import REVISION, Base
from maas_core.store.upgrade import MIGRATIONS

REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """A database without tables."""
    opened = Database(url)
    yield opened
    opened.close()


def revision(database: Database) -> str | None:
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(database: Database) -> list[object]:
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def test_from_nothing_the_tables_are_those_that_the_code_declares(empty: Database) -> None:
    empty.migrate()

    assert differences(empty) == []
    assert revision(empty) == REVISIONS[-1]
    empty.check()


@pytest.mark.parametrize("earlier", REVISIONS)
def test_from_each_earlier_revision_the_tables_come_to_the_same(empty: Database, earlier: str) -> None:
    empty.migrate(earlier)
    assert revision(empty) == earlier

    empty.migrate()

    assert differences(empty) == []


def test_migrating_again_changes_nothing(empty: Database) -> None:
    empty.migrate()
    with empty.writing() as connection:
        connection.execute(text("UPDATE chain SET epoch = 7"))

    empty.migrate()

    with empty.reading() as connection:
        assert connection.execute(text("SELECT epoch FROM chain")).scalars().all() == [7]


def test_a_new_database_has_one_row_on_its_chain(empty: Database) -> None:
    empty.migrate()

    with empty.reading() as connection:
        assert connection.execute(text("SELECT id, epoch, checkpoint, pinned, halt FROM chain")).all() == [
            (1, 0, None, None, None)
        ]


def test_a_revision_of_a_later_version_is_refused(empty: Database) -> None:
    empty.migrate()
    with empty.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="revision 9999, which this version does not know: use the version"):
        empty.migrate()
    with pytest.raises(StoreError, match="revision 9999, this version needs"):
        empty.check()


def test_tables_that_were_never_made_are_missed(empty: Database) -> None:
    with pytest.raises(StoreError, match=r"revision none, this version needs .*: run `maasctl node migrate`"):
        empty.check()


def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    with empty.writing() as connection:
        connection.execute(text("CREATE TABLE records (key INTEGER)"))

    with pytest.raises(StoreError, match="records"):
        empty.migrate()

    with empty.reading() as connection:
        assert set(inspect(connection).get_table_names()) <= {"records"}


def test_the_partial_index_covers_only_what_is_set_aside(empty: Database) -> None:
    empty.migrate()

    with empty.reading() as connection:
        [index] = [one for one in inspect(connection).get_indexes("events") if one["name"] == "events_aside"]
    where = [str(value) for name, value in index["dialect_options"].items() if name.endswith("_where")]
    assert [one.strip("()") for one in where] == ["aside IS NOT NULL"]


def test_the_tables_name_the_last_migration() -> None:
    assert REVISIONS[-1] == REVISION
