"""The fixtures of billing."""

from tests.support.billing_fixtures import months, proofs, template

__all__ = ["months", "proofs", "template"]
