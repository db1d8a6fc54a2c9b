"""Where the tools lie that these tests use."""

from pathlib import Path

SOLC = Path(__file__).parents[2] / "contracts" / "solc.mjs"
