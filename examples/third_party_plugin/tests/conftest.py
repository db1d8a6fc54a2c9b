"""What the suites' own assertions need to be readable."""

import pytest

pytest.register_assert_rewrite("maas_core.testing.ordered_log_suite", "maas_core.testing.storage_suite")
