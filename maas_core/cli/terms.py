"""`maasctl terms`: terms of an agreement, before anybody signs them. Needs no node."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.views import seconds
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.billing.engine import Result
    from maas_core.billing.terms import Terms

document = click.Path(path_type=Path, exists=True, dir_okay=False)
HOUR = 3600


@click.group(cls=Group)
def command() -> None:
    """Terms of agreements: check, show, try and price them."""


def _read(file: Path) -> "Terms":
    from maas_core.billing.terms_file import canonical_terms, read_terms  # noqa: PLC0415 - brings numpy with it

    try:
        return read_terms(canonical_terms(file.read_bytes()))
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None


def signable_terms(file: Path) -> bytes:
    """Terms in their canonical spelling. Raises `UsageError` for terms that the linter finds an error in."""
    from maas_core.billing.lint import Severity, lint  # noqa: PLC0415 - brings numpy with it
    from maas_core.billing.terms_file import canonical_terms  # noqa: PLC0415 - as above

    errors = [one for one in lint(_read(file)) if one.severity is Severity.ERROR]
    if errors:
        told = "\n  ".join(f"{one.path}: {one.text}" for one in errors)
        raise UsageError(f"{file}: not to be signed like this:\n  {told}")
    return canonical_terms(file.read_bytes())


@command.command("lint")
@click.argument("file", type=document)
@pass_cli
def lint_terms(cli: CliContext, file: Path) -> None:
    """Tell what is wrong or doubtful, and work the examples."""
    from maas_core.billing.lint import Severity, lint  # noqa: PLC0415 - brings numpy with it

    terms = _read(file)
    findings = lint(terms)
    cli.show(findings, str(file))
    errors = sum(one.severity is Severity.ERROR for one in findings)
    if errors:
        raise UsageError(f"{file}: {errors} {'error' if errors == 1 else 'errors'}; not to be signed like this")
    cli.say(f"{file}: {len(terms.examples)} examples reproduce; can be signed")


@command.command()
@click.argument("file", type=document)
@pass_cli
def show(cli: CliContext, file: Path) -> None:
    """Show what terms say, in short."""
    from maas_core.billing.summary import summary  # noqa: PLC0415 - brings numpy with it

    cli.show(summary(_read(file)), str(file), ("part", "name", "kind", "says"))


@command.command()
@click.argument("file", type=document)
@pass_cli
def examples(cli: CliContext, file: Path) -> None:
    """Work the examples, and compare with what they expect."""
    from maas_core.billing.exact import decimal_text  # noqa: PLC0415 - as above
    from maas_core.billing.examples import worked  # noqa: PLC0415 - brings numpy with it

    terms = _read(file)
    outcomes = [worked(terms, example) for example in terms.examples]
    digits = terms.currency.digits or 0
    cli.show(
        [
            {
                "example": one.example.name,
                "expected": decimal_text(one.example.amount, digits, digits),
                "computed": decimal_text(Fraction(one.result.statement.amount, 10**digits), digits, digits),
                "reproduced": one.reproduced,
                "differences": [str(difference) for difference in one.differences],
            }
            for one in outcomes
        ],
        f"Examples of {file}",
    )
    if not all(one.reproduced for one in outcomes):
        raise UsageError(f"{file}: not every example is reproduced")


@command.command()
@click.argument("file", type=document)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@pass_cli
def canonical(cli: CliContext, file: Path, output: Path | None) -> None:
    """Write the canonical spelling (RFC 8785), which is what is stored and signed; it is the same for both sides."""
    from maas_core.billing.terms_file import canonical_terms  # noqa: PLC0415 - brings numpy with it

    content = canonical_terms(file.read_bytes())
    if output is None:
        cli.print_lines([content.decode()])
        return
    output.write_bytes(content)
    cli.say(f"{output}: {len(content)} bytes")


@command.command()
@click.argument("file", type=document)
@click.option("--assume", multiple=True, metavar="METER=QUANTITY", help="Units of a meter in a full billing month.")
@click.option("--downtime", type=click.FloatRange(0, 500), default=0, help="Hours of failure in each billing month.")
@click.option("--from", "begin", default="2025-01-01", show_default=True, help="From when (ISO 8601, UTC).")
@click.option("--to", "end", default="2026-01-01", show_default=True, help="Until when, exclusive.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a page, too.")
@click.option("--pdf", type=click.Path(path_type=Path, dir_okay=False), help="Write it as PDF, too (extra report).")
@pass_cli
def quote(
    cli: CliContext, file: Path, assume: tuple[str, ...], downtime: float, begin: str, end: str, html: Path | None,
    pdf: Path | None,
) -> None:  # fmt: skip
    """Tell what a machine would cost if it were used as assumed.

    For example: maasctl terms quote steel.json --assume energy=90000 --downtime 8
    """
    from maas_core.billing.facts import Span  # noqa: PLC0415 - brings numpy with it
    from maas_core.billing.quote import Assumption  # noqa: PLC0415 - as above
    from maas_core.billing.quote import quote as computed  # noqa: PLC0415 - as above

    quantities = dict(_assumed(one) for one in assume)
    window = Span(seconds(begin), seconds(end))
    result = computed(_read(file), Assumption(window, quantities, round(downtime * HOUR)))
    _write(result, html, pdf)
    _show(cli, result)


def _assumed(text: str) -> tuple[str, Fraction]:
    meter, _, quantity = text.partition("=")
    try:
        return meter, Fraction(quantity)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"--assume {text}: accepted: METER=QUANTITY, e.g. energy=90000") from None


def _write(result: "Result", html: Path | None, pdf: Path | None) -> None:
    if html:
        from maas_core.billing.page import page  # noqa: PLC0415 - brings jinja2 with it

        html.write_text(page(result.statement, result.slices, heading="Quote"), encoding="utf-8")
    if pdf:
        from maas_core.billing.pdf import pdf_of  # noqa: PLC0415 - brings reportlab with it

        pdf.write_bytes(pdf_of(result.statement, result.slices, heading="Quote"))


def _show(cli: CliContext, result: "Result") -> None:
    from maas_core.billing.exact import decimal_text  # noqa: PLC0415 - brings numpy with it
    from maas_core.billing.summary import line_rows  # noqa: PLC0415 - as above

    statement = result.statement
    total = decimal_text(Fraction(statement.amount, 10**statement.digits), statement.digits, statement.digits)
    if cli.json:
        rows = line_rows(statement)
        cli.show({"currency": statement.currency, "amount": total, "lines": rows})
        return
    cli.show(line_rows(statement), statement.title)
    cli.say(f"{statement.currency} {total}")
