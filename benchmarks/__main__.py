"""Run benchmarks and write build/bench.json: `python -m benchmarks [NAME ...]`.

NAME is the part after `bench_`; without names all are run. Exit status 1 if a target is missed.
"""

import importlib
import json
import sys
from pathlib import Path

from benchmarks.figures import Figure

FOLDER = Path(__file__).resolve().parent
RESULT = FOLDER.parent / "build" / "bench.json"


def names() -> list[str]:
    """List the benchmarks in this folder."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def measure(name: str) -> list[Figure]:
    """Run one benchmark."""
    figures: list[Figure] = importlib.import_module(f"benchmarks.bench_{name}").run()
    return figures


def show(figure: Figure) -> None:
    """Print one line."""
    target = "" if figure.target is None else f"  target {figure.target:g}{'' if figure.met else '  MISSED'}"
    print(f"{figure.name:<48}{figure.value:>14.6g} {figure.unit}{target}", flush=True)


def main(chosen: list[str]) -> int:
    """Measure, print and write; return the exit status."""
    figures: list[Figure] = []
    for name in chosen or names():
        for figure in measure(name):
            show(figure)
            figures.append(figure)
    rows = [{"name": f.name, "value": f.value, "unit": f.unit, "target": f.target, "met": f.met} for f in figures]
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
