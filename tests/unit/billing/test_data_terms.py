"""How long terms keep data, and where those may lie: the pure part."""

from hypothesis import given
from hypothesis import strategies as st

from maas_core.billing.data_terms import DAY, Data, kept_until, longest

DAYS = st.integers(1, 36_525)
NOW = st.integers(0, 2**36)
REGIONS = st.lists(st.sampled_from(["eu", "us", "asia"]), unique=True).map(tuple)


@given(DAYS, NOW)
def test_a_retention_lasts_its_days_and_ends_with_a_day(days: int, now: int) -> None:
    until = kept_until(days, now)
    assert until is not None
    assert until % DAY == 0
    assert days * DAY <= until - now < (days + 1) * DAY


@given(DAYS, NOW, st.integers(0, DAY))
def test_what_is_stored_later_is_never_let_go_earlier(days: int, now: int, later: int) -> None:
    assert (kept_until(days, now) or 0) <= (kept_until(days, now + later) or 0)


def test_without_days_nothing_is_retained() -> None:
    assert kept_until(0, 1_700_000_000) is None


@given(REGIONS, REGIONS, st.sampled_from(["eu", "us", "asia", ""]))
def test_a_region_is_allowed_where_it_is_named_or_none_is_and_it_is_not_forbidden(
    allowed: tuple[str, ...], forbidden: tuple[str, ...], region: str
) -> None:
    data = Data(regions=allowed, forbidden_regions=forbidden)
    if not allowed and not forbidden:
        assert data.allows(region)
    elif region == "":
        assert not data.allows(region)
    else:
        assert data.allows(region) is ((not allowed or region in allowed) and region not in forbidden)


@given(st.lists(st.builds(Data, batches_days=DAYS, documents_days=DAYS)))
def test_of_several_terms_the_longest_days_hold(demands: list[Data]) -> None:
    one = longest(demands)
    assert all(one.batches_days >= each.batches_days for each in demands)
    assert all(one.documents_days >= each.documents_days for each in demands)
    assert one.batches_days in {0, *(each.batches_days for each in demands)}
