"""What the linter finds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from maas_core.billing.examples import worked
from maas_core.billing.lint import Severity, lint, signable
from maas_core.billing.summary import summary
from maas_core.billing.terms_file import canonical_terms, read_terms
from maas_core.errors import UsageError
from tests.unit.billing.world import GAPS, PIECES, RUNNING, STARTED, terms
from tools.pages import DOCS

EXAMPLE = {"name": "Ten hours", "begin": "2024-01-01T00:00:00Z", "end": "2024-01-01T10:00:00Z", "amount": "20"}
HOURS = {"kind": "per_hour", "name": "use", "meter": "started", "price": "2"}
UP = {"kind": "availability", "name": "up", "credits": [{"below": "99", "percent": "5"}]}
SPEED = {
    "kind": "performance",
    "name": "speed",
    "made": "pieces",
    "time": "started",
    "ideal": "5",
    "credits": [{"below": "130", "percent": "5"}],
}
FINE: dict[str, Any] = {"meters": [STARTED], "tariffs": [HOURS], "examples": [EXAMPLE]}
SIGNAL = {"signal": "s", "statuses": {"production": [1]}, "gaps": GAPS}


def tiers(*table: tuple[str, str | None]) -> dict[str, Any]:
    found = [{"above": above, "price": "1", **({"up_to": up_to} if up_to else {})} for above, up_to in table]
    tiered = {"kind": "tiered", "name": "t", "meter": "started", "mode": "volume", "tiers": found}
    return {"tariffs": [HOURS, tiered]}


def up(**more: Any) -> dict[str, Any]:
    return {"sla": [{**UP, **more}]}


ERRORS: list[tuple[str, dict[str, Any], str, str]] = [
    ("no minor unit", {"currency": {"code": "EUR"}}, "currency.digits", "ISO 4217 has 2 digits"),
    ("another minor unit", {"currency": {"code": "JPY", "digits": 2}}, "currency.digits", "0 digits"),
    ("no currency", {"currency": {"code": "XYZ", "digits": 2}}, "currency.code", "no currency"),
    ("no rule for gaps", {"meters": [STARTED, {**RUNNING, "gaps": None}]}, "meters[1].gaps", "gap in status"),
    (
        "any rise a refill",
        {
            "meters": [
                STARTED,
                {"kind": "level", "name": "l", "signal": "s", "unit": "t", "every": 60, "refill": "0", "gaps": GAPS},
            ]
        },
        "meters[1].refill",
        "noise",
    ),
    (
        "overlapping tiers",
        tiers(("0", "10"), ("8", None)),
        "tariffs[1].tiers[0].up_to",
        "overlaps the next tier, which begins at 8",
    ),
    ("a tier without end before another", tiers(("0", None), ("8", None)), "tariffs[1].tiers[0].up_to", "overlaps"),
    (
        "gapped tiers",
        tiers(("0", "10"), ("12.5", None)),
        "tariffs[1].tiers[0].up_to",
        "gap to the next tier, which begins at 12.5",
    ),
    ("an empty tier", tiers(("0", "5"), ("5", "5"), ("5", None)), "tariffs[1].tiers[1].up_to", "ends where it begins"),
    ("tiers in disorder", tiers(("10", None), ("0", "10")), "tariffs[1].tiers", "ascend"),
    ("tiers that begin late", tiers(("1", None)), "tariffs[1].tiers[0].above", "up to 1"),
    ("tiers that end", tiers(("0", "9")), "tariffs[1].tiers[0].up_to", "above 9"),
    (
        "an availability above 100",
        up(credits=[{"below": "100.1", "percent": "5"}]),
        "sla[0].credits[0].below",
        "can never be kept",
    ),
    ("a credit below 0", up(credits=[{"below": "0", "percent": "5"}]), "sla[0].credits[0].below", "never apply"),
    (
        "a bonus above 100",
        up(bonuses=[{"at_least": "101", "percent": "5"}]),
        "sla[0].bonuses[0].at_least",
        "never be reached",
    ),
    (
        "a bonus within a credit",
        up(bonuses=[{"at_least": "98", "percent": "5"}]),
        "sla[0].bonuses[0].at_least",
        "within a band",
    ),
    (
        "two bands at one place",
        up(credits=[{"below": "9", "percent": "5"}, {"below": "9", "percent": "6"}]),
        "sla[0].credits",
        "two bands",
    ),
    ("downtime that never counts", up(counts=["external"]), "sla[0].counts", "no downtime can ever count"),
    (
        "nothing that could be made",
        {"meters": [STARTED, PIECES], "sla": [{**SPEED, "ideal": "0"}]},
        "sla[0].ideal",
        "full speed",
    ),
    ("a cap without limit", {**up(), "caps": [{"on": "credits"}]}, "caps[0]", "neither"),
    (
        "a planned window that ends first",
        {**up(), "planned": [{"kind": "once", "begin": "2024-01-02T00:00:00Z", "end": "2024-01-01T00:00:00Z"}]},
        "planned[0].end",
        "before it begins",
    ),
    (
        "a planned window outside the calendar",
        {
            **up(),
            "calendar": {"offsets": [{"at": "2024-01-01T00:00:00Z", "seconds": 0}]},
            "planned": [{"kind": "once", "begin": "2023-01-02T00:00:00Z", "end": "2023-01-03T00:00:00Z"}],
        },
        "planned[0]",
        "before the first offset",
    ),
    (
        "offsets in disorder",
        {
            "calendar": {
                "offsets": [{"at": "2024-01-01T00:00:00Z", "seconds": 0}, {"at": "2023-01-01T00:00:00Z", "seconds": 0}]
            }
        },
        "calendar.offsets[1].at",
        "ascend",
    ),
    ("a zone without offsets", {"calendar": {"zone": "Asia/Seoul"}}, "calendar.offsets", "Asia/Seoul"),
    ("a status without rule for gaps", {"oee": {**SIGNAL, "gaps": None}}, "oee.gaps", "unknown"),
    (
        "a value of two meanings",
        {"oee": {**SIGNAL, "statuses": {"production": [1], "idle": [1]}}},
        "oee.statuses",
        "two things",
    ),
    ("no production", {"oee": {**SIGNAL, "statuses": {"down": [1]}}}, "oee.statuses.production", "no value"),
    ("no example", {"examples": []}, "examples", "no worked example"),
    (
        "an example that does not come out",
        {"examples": [{**EXAMPLE, "amount": "20.01"}]},
        "examples[0]",
        "expected 20.01, computed 20",
    ),
    (
        "a line that does not come out",
        {"examples": [{**EXAMPLE, "lines": [{"name": "use", "amount": "19"}]}]},
        "examples[0]",
        "lines of use: expected 19",
    ),
    ("an example of no time", {"examples": [{**EXAMPLE, "end": EXAMPLE["begin"]}]}, "examples[0]", "empty"),
    (
        "an example finer than its signal",
        {
            "meters": [STARTED, PIECES],
            "examples": [
                {**EXAMPLE, "readings": [{"signal": "count", "start": EXAMPLE["begin"], "every": 1, "values": ["1.5"]}]}
            ],
        },
        "examples[0]",
        "more than 0 decimals",
    ),
]


@pytest.mark.parametrize(("changes", "path", "told"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS])
def test_terms_with_an_error_are_not_to_be_signed(changes: dict[str, Any], path: str, told: str) -> None:
    agreed = terms(**_without_none({**FINE, **changes}))
    found = [one for one in lint(agreed) if one.severity is Severity.ERROR]
    assert [one.path for one in found if told in one.text] == [path], found
    assert not signable(agreed)


WARNINGS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a meter that nothing uses", {"meters": [STARTED, RUNNING]}, "meters[1]", "uses the meter running"),
    (
        "a minimum of 0",
        {"tariffs": [HOURS, {"kind": "minimum", "name": "m", "amount": "0"}]},
        "tariffs[1].amount",
        "does nothing",
    ),
    (
        "a minimum of fees",
        {
            "tariffs": [
                HOURS,
                {"kind": "flat", "name": "f", "amount": "0"},
                {"kind": "minimum", "name": "m", "amount": "0.01", "of": ["f"]},
            ]
        },
        "tariffs[2]",
        "a fee itself",
    ),
    ("a level without consequence", up(credits=[]), "sla[0]", "nothing follows"),
    (
        "a smaller credit for worse",
        up(credits=[{"below": "90", "percent": "5"}, {"below": "95", "percent": "9"}]),
        "sla[0].credits",
        "smaller credit",
    ),
    ("the customer's downtime", up(counts=["oem", "customer"]), "sla[0].counts", "customer causes"),
    ("a cap on nothing", {**up(), "caps": [{"on": "bonuses", "percent": "5"}]}, "caps[0]", "no bonuses"),
    (
        "a cap out of reach",
        {**up(), "caps": [{"on": "credits", "percent": "5"}]},
        "caps[0].percent",
        "never be reached",
    ),
    (
        "a planned window without availability",
        {"planned": [{"kind": "weekly", "day": "mon", "begin": 0, "length": 9}]},
        "planned[0]",
        "no availability",
    ),
    ("effectiveness without ideal rate", {"oee": {"made": "started"}}, "oee.ideal", "ideal rate"),
]


@pytest.mark.parametrize(
    ("changes", "path", "told"), [case[1:] for case in WARNINGS], ids=[case[0] for case in WARNINGS]
)
def test_a_doubt_is_a_warning(changes: dict[str, Any], path: str, told: str) -> None:
    found = lint(terms(**{**FINE, **changes}))
    assert (Severity.WARNING, path) in [(one.severity, one.path) for one in found if told in one.text], found


def test_speed_above_100_percent_may_be_promised() -> None:
    assert not [
        one for one in lint(terms(**{**FINE, "meters": [STARTED, PIECES], "sla": [SPEED]})) if "credits" in one.path
    ]


def test_terms_without_doubt_have_no_findings() -> None:
    agreed = terms(**FINE)
    assert lint(agreed) == ()
    assert signable(agreed)


SHIPPED = sorted((DOCS.parent / "examples" / "terms").glob("*.json"))


@pytest.mark.parametrize("file", SHIPPED, ids=[file.stem for file in SHIPPED])
def test_terms_that_are_shipped_can_be_signed(file: Path) -> None:
    agreed = read_terms(canonical_terms(file.read_bytes()))
    assert lint(agreed) == ()
    assert all(worked(agreed, example).reproduced for example in agreed.examples)


def test_there_are_terms_to_begin_with() -> None:
    assert {file.stem for file in SHIPPED} >= {"steel", "furnace", "press", "silo"}


def test_the_example_in_the_documentation_can_be_signed() -> None:
    example, data = re.findall(r"```json\n(.*?)```", (DOCS / "terms.md").read_text(encoding="utf-8"), re.DOTALL)
    assert lint(read_terms(canonical_terms(example.encode()))) == ()
    whole = json.loads(example) | json.loads(f"{{{data}}}")
    assert lint(read_terms(canonical_terms(json.dumps(whole).encode()))) == ()


@pytest.mark.parametrize(
    ("data", "severity", "path"),
    [
        ({}, Severity.WARNING, "data"),
        ({"lock": "compliance", "regions": ["eu"]}, Severity.ERROR, "data.lock"),
        ({"regions": ["eu"], "forbidden_regions": ["eu"]}, Severity.ERROR, "data.forbidden_regions"),
        ({"regions": ["eu"], "forbidden_regions": ["us"]}, Severity.WARNING, "data.forbidden_regions"),
    ],
)
def test_what_terms_ask_of_storages_is_looked_at(data: dict[str, Any], severity: Severity, path: str) -> None:
    [found] = lint(terms(**FINE, data=data))
    assert (found.severity, found.path) == (severity, path)


@pytest.mark.parametrize(
    "data",
    [
        {"batches_days": 1},
        {"documents_days": 3652, "lock": "compliance"},
        {"regions": ["eu-central-1", "eu-west-1"]},
        {"forbidden_regions": ["us-east-1"]},
    ],
)
def test_days_and_regions_can_be_signed(data: dict[str, Any]) -> None:
    assert lint(terms(**FINE, data=data)) == ()


def test_what_terms_ask_of_storages_is_shown() -> None:
    data = {"batches_days": 30, "lock": "compliance", "regions": ["eu", "asia"]}
    [row] = [one for one in summary(terms(**FINE, data=data)) if one.part == "data"]
    assert (row.kind, row.says) == ("compliance", "batches kept for 30 days; only in eu, asia")
    assert not [one for one in summary(terms(**FINE)) if one.part == "data"]


@pytest.mark.parametrize(
    "data",
    [{"batches_days": -1}, {"batches_days": 36_526}, {"lock": "hold"}, {"regions": ["a b"]}, {"regions": [""]}],
)
def test_what_no_storage_could_be_asked_for_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"data\."):
        terms(**FINE, data=data)


def _without_none(value: Any) -> Any:
    return json.loads(
        json.dumps(value), object_hook=lambda one: {key: each for key, each in one.items() if each is not None}
    )
