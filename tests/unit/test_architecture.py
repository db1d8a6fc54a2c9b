"""What the import rules cannot see."""

import re
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "maas_core"
VENDORS = re.compile(
    r"web3|\bhfc\b|boto|ipfs|\bgrpc|\bgeth\b|hyperledger|fabric|ethereum|clique|kubo|minio|\baws\b|\bs3\b|mongodb",
    re.IGNORECASE,
)


@pytest.mark.parametrize("file", sorted(CORE.rglob("*.py")), ids=lambda file: str(file.relative_to(CORE)))
def test_the_core_names_no_vendor(file: Path) -> None:
    named = VENDORS.findall(file.read_text(encoding="utf-8"))
    assert not named
