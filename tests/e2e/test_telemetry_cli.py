"""The commands that a customer and an OEM use on telemetry: from a CSV file to a proof."""

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.pair import Pair, make_pair

BEGIN = 1_750_032_000
HOURS = 72


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A pair whose customer has anchored three days of hourly readings of machine `press`."""
    pair = make_pair(tmp_path_factory.mktemp("telemetry") / "pair")
    key = pair.customer.ok("device", "new")["public_key"]
    assert pair.customer.ok("device", "show") == [
        {"file": str(pair.customer.config.with_name("device.key")), "public_key": key}
    ]
    spec = pair.folder / "spec.json"
    spec.write_text(json.dumps({"model": "press 4000", "devices": [{"name": "box", "public_key": key}]}))
    made = pair.oem.ok(
        "machine", "register", "--oem", "1", "--customer", "2", "--terms", str(pair.terms), "--spec", str(spec)
    )
    machine = made["made"]["machine"]
    for party in (pair.oem, pair.customer):
        party.ok("machine", "alias", machine, "press")
    pair.customer.ok("machine", "accept", "press", "--terms", str(pair.terms))
    _import(pair)
    anchored = pair.customer.ok("telemetry", "anchor", "press")
    assert anchored == [{"machine": machine, "seq": seq} for seq in (1, 2, 3)]
    assert pair.customer.ok("telemetry", "anchor") == [], "nothing is left to anchor"
    return pair


def _import(pair: Pair) -> None:
    file = pair.folder / "meter.csv"
    with file.open("w", newline="") as target:
        csv.writer(target).writerows([("time", "kwh"), *((BEGIN + n * 3600, f"{n}.5") for n in range(HOURS))])
    config = pair.customer.config
    config.write_text(
        config.read_text()
        + f"""
[telemetry.meter]
backend = "csv"
machines = {{ meter = "press" }}
[telemetry.meter.settings]
path = "{file}"
machine = "meter"
time = {{ columns = ["time"], formats = ["unix"] }}
signals = {{ energy = {{ column = "kwh", unit = "kW.h", decimals = 1, interval = 3600 }} }}
"""
    )
    pair.customer.ok("telemetry", "import", "meter")


def test_both_sides_verify_what_was_anchored(pair: Pair) -> None:
    for party in (pair.oem, pair.customer):
        rows = party.ok("telemetry", "verify", "press")
        assert [(row["seq"], row["readings"], row["gaps"], row["verified"]) for row in rows] == [
            (1, 24, 0, "whole"),
            (2, 24, 0, "whole"),
            (3, 24, 0, "whole"),
        ]


def test_the_oem_exports_the_readings(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    assert pair.oem.ok("telemetry", "export", "press", "-o", str(file))["readings"] == HOURS
    with file.open(newline="") as source:
        rows = list(csv.reader(source))
    assert rows[1] == ["energy", "2025-06-16T00:00:00Z", "0.5", "kW.h", "good"]
    assert rows[-1] == ["energy", "2025-06-18T23:00:00Z", "71.5", "kW.h", "good"]
    part = tmp_path / "part.parquet"
    assert pair.oem.ok("telemetry", "export", "press", "-o", str(part), "--from", "2", "--to", "2")["readings"] == 24
    code, message = pair.oem.fails("telemetry", "export", "press", "-o", str(tmp_path / "out.xlsx"))
    assert (code, "accepted: .parquet, .csv" in message) == (2, True)


def test_an_hour_is_proven(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    told = pair.oem.ok("telemetry", "prove", "press", "2025-06-17T05:30:00Z", "-o", str(file))
    assert (told["seq"], told["slice"]) == (2, 5)
    [row] = pair.customer.ok("telemetry", "check-proof", str(file))
    assert row == {"signal": "energy", "time": "2025-06-17T05:00:00Z", "value": 295, "quality": 0}
    file.write_text(file.read_text().replace('"index":5', '"index":6'))
    code, message = pair.customer.fails("telemetry", "check-proof", str(file))
    assert (code, "slice 6 is not part of the batch" in message) == (30, True)
    code, message = pair.oem.fails("telemetry", "prove", "press", "2030-01-01", "-o", str(file))
    assert (code, "no anchor of this machine covers" in message) == (2, True)


def test_groups_are_shown_and_kept_by_the_customer(pair: Pair) -> None:
    shown = pair.oem.ok("group", "show", "press")
    assert (shown["alias"], shown["epoch"], shown["members"], shown["past"]) == ("press", 1, [1, 2], False)
    for party in (pair.oem, pair.customer):
        assert party.ok("group", "list") == [shown]
    code, message = pair.oem.fails("group", "remove", "press", "1")
    assert (code, "kept by its customer" in message) == (2, True)
    code, message = pair.customer.fails("group", "remove", "press", "1")
    assert (code, "what they bill by" in message) == (2, True)
    code, message = pair.customer.fails("group", "create", "press")
    assert (code, "has a group already" in message) == (2, True)
    code, message = pair.customer.fails("group", "invite", "press", "9")
    assert (code, "knows no party 9" in message) == (2, True)


def test_documents_are_shown_to_their_readers(pair: Pair) -> None:
    machine = pair.customer.ok("machine", "show", "press")
    shown = pair.customer.ok("document", "show", "terms", machine["terms"])
    assert (shown["author"], json.loads(shown["content"])) == (1, json.loads(pair.terms.read_text()))
    assert machine["terms"] in {one["digest"] for one in pair.oem.ok("document", "list")}
    code, message = pair.customer.fails("document", "show", "spec", machine["terms"])
    assert (code, "is a terms, not a spec" in message) == (30, True)
    assert pair.customer.ok("party", "about", "1")["name"] == "oem"


def test_a_specification_with_malformed_devices_is_refused(pair: Pair, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{"devices": [{"name": "box", "public_key": "12"}]}')
    code, message = pair.oem.fails(
        "machine", "register", "--oem", "1", "--customer", "2", "--terms", str(pair.terms), "--spec", str(spec)
    )
    assert code == 2
    assert "64 hexadecimal digits" in message


def test_a_destroyed_key_is_told_and_the_chain_still_verifies(pair: Pair, tmp_path: Path) -> None:
    assert pair.customer.ok("telemetry", "destroy-key", "press", "1", "--yes") == {"seq": 1, "key": "destroyed"}
    rows = pair.oem.ok("telemetry", "verify", "press")
    assert [row["verified"] for row in rows] == ["manifest; the key was destroyed or lost", "whole", "whole"]
    assert [row["verified"] for row in pair.oem.ok("telemetry", "verify", "press", "--manifests")] == ["manifest"] * 3
    code, message = pair.oem.fails("telemetry", "export", "press", "-o", str(tmp_path / "out.csv"))
    assert (code, "released, if the batch's key was destroyed" in message) == (30, True)
    assert not (tmp_path / "out.csv").exists()
