"""Terms documents: canonical JSON to `Terms`."""

from typing import Any

from maas_core.billing.reading import Reader
from maas_core.billing.references import reference_problems
from maas_core.billing.terms import Terms
from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs import canonical
from maas_core.proofs.shallow import parsed

LARGEST = 1 << 20
"""Bytes of a terms document."""


def read_terms(content: bytes) -> Terms:
    """The terms of a canonical document, as it lies in storage. Raises `IntegrityError`, `UsageError`."""
    if len(content) > LARGEST:
        raise UsageError(f"the terms have {len(content)} bytes; accepted: up to {LARGEST}")
    return _terms(canonical.loads(content))


def canonical_terms(content: bytes) -> bytes:
    """A terms document that a person wrote (any JSON spelling) in its canonical spelling.

    Raises `UsageError` for what is no JSON, and for what terms cannot hold.
    """
    if len(content) > LARGEST:
        raise UsageError(f"the terms have {len(content)} bytes; accepted: up to {LARGEST}")
    try:
        value = parsed(content.decode("utf-8-sig"), object_pairs_hook=_object)
    except ValueError as error:
        raise UsageError(f"the terms are no JSON document: {error}") from None
    spelled = canonical.dumps(value)
    _terms(value)
    return spelled


def is_canonical(content: bytes) -> bool:
    """Whether a document is spelled as it will be stored."""
    try:
        canonical.loads(content)
    except IntegrityError:
        return False
    return True


def _terms(value: Any) -> Terms:
    terms: Terms = Reader().document(Terms, value, "the terms")
    if problems := reference_problems(terms):
        raise UsageError("\n  ".join(["the terms cannot be used:", *problems]))
    return terms


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = sorted({key for key, _ in pairs if [one for one, _ in pairs].count(key) > 1})
        raise ValueError(f"{', '.join(twice)} stands twice in one object")
    return found
