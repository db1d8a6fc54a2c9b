"""`python -m maas_core.cli` is `maasctl`."""

from maas_core.cli import main

main()
