"""docs/writing-a-plugin.md shows the interfaces as they are, and code that is tested."""

import re
from pathlib import Path

import pytest

from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.membership import ConsortiumMembership
from maas_core.ports.workflow import WorkflowLedger

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "third_party_plugin"


@pytest.mark.parametrize("interface", [WorkflowLedger, FinalityWaiting, ConsortiumMembership])
def test_the_page_names_every_method_of_the_three_interfaces(interface: type) -> None:
    methods = [name for name in vars(interface) if not name.startswith("_")]
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{interface.__name__}`")]
    assert re.findall(r"`(\w+)`", row)[1:] == methods


def test_the_code_on_the_page_is_the_examples() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.py"))
    blocks = re.findall(r"```python\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(blocks) == 5
    assert [block for block in blocks if block not in sources] == []


def test_every_file_that_the_page_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
