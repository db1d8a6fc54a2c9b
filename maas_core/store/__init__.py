"""The node's database: tables, migrations, and the journal that the engine keeps in them."""
