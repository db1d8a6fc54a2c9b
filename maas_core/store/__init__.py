"""The node's database: tables and their migrations."""
