"""Numbers and dates as people read them: laws over all numbers, and the edges by hand."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import format as text

FACTORS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@given(st.integers(0, 10**18))
def test_a_short_count_is_within_half_of_its_last_digit(number: int) -> None:
    digits, _, unit = text.tokens(number).partition(text.GAP)
    places = len(digits.partition(".")[2])
    assert (
        abs(round(float(digits.replace(",", "")) * 10**places) * FACTORS[unit] - number * 10**places) * 2
        <= FACTORS[unit]
    )


@given(st.integers(0, 10**15 - 1))
def test_a_short_count_has_at_most_three_digits(number: int) -> None:
    digits = text.tokens(number).partition(text.GAP)[0].replace(".", "")
    assert len(digits) <= 3 or digits == "1,000"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1000, "1.00 k"), (9995, "10.0 k"), (99_950, "100 k"), (999_499, "999 k"),
     (999_500, "1.00 M"), (10**12, "1.00 T"), (999_500 * 10**9, "1,000 T")],
)  # fmt: skip
def test_counts_change_their_unit_where_rounding_does(number: int, shown: str) -> None:
    assert text.tokens(number) == shown.replace(" ", text.GAP)


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "$0.00"), (1, "<$0.01"), (5_000, "$0.01"), (999_994_999, "$999.99"), (999_995_000, "$1,000"),
     (999_999_499_999, "$999,999"), (999_999_500_000, "$1.00 M")],
)  # fmt: skip
def test_money_is_never_rounded_to_nothing(micros: int, shown: str) -> None:
    assert text.money(micros) == shown.replace(" ", text.GAP)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "0%"), (0, 9, "0%"), (1, 10**6, "<0.1%"), (1, 3, "33.3%"), (10**6 - 1, 10**6, ">99.9%"), (7, 7, "100%")],
)
def test_a_share_is_neither_nothing_nor_all_by_rounding(part: int, whole: int, shown: str) -> None:
    assert text.share(part, whole) == shown


def test_dates_need_no_locale() -> None:
    date = dt.date(2026, 2, 3)
    assert (text.day(date), text.month(date)) == ("3 Feb 2026", "February 2026")
    assert (text.plural(1, "day"), text.plural(1200, "day")) == ("1 day", "1,200 days")


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (45_600, "45.6 kB"), (2_500_000_000, "2.50 GB")]
)
def test_sizes_are_decimal(count: int, shown: str) -> None:
    assert text.size(count).replace(text.GAP, " ") == shown
