"""A statement as one HTML page without anything to load: to be read, printed and kept."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import Statement
from maas_core.billing.view import view


def page(statement: Statement, slices: SliceTree | None = None, *, heading: str = "Statement") -> str:
    """The page; with its slices it shows charges day by day."""
    environment = Environment(
        loader=PackageLoader("maas_core.billing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("statement.html").render(view=view(statement, slices, heading))
