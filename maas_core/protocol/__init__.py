"""Protocol `maas/1`: commands, events, records, rejection codes, wire encoding and the reference model."""

PROTOCOL = "maas/1"
