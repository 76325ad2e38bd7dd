"""Numbers, money and dates as people read them: three significant digits, no locale, whole-number arithmetic."""

import datetime as dt

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
GAP = "\u202f"
"""Narrow no-break space between a number and its unit."""
_UNITS = ("", "k", "M", "B", "T")


def exact(number: int) -> str:
    """Return every digit, in groups of three: `1,234,567`."""
    return f"{number:,}"


def tokens(number: int, gap: str = GAP) -> str:
    """Return a count to three significant digits: `999`, `1.23 k`, `45.6 M`, `1.00 T`; above that, whole T.

    A site has millions of them, hence digits and no division.
    """
    if number < 1000:
        return str(number)
    if number >= 999_500_000_000_000:
        return f"{_round(number, 10**12):,}{gap}T"
    digits = str(number)
    length, significant = len(digits), digits[:3]
    if digits[3] >= "5":
        significant = str(int(significant) + 1)
        if significant == "1000":  # 999,999 is 1.00 M
            significant, length = "100", length + 1
    unit, before = divmod(length - 1, 3)
    if before == 2:
        return f"{significant}{gap}{_UNITS[unit]}"
    return f"{significant[: before + 1]}.{significant[before + 1 :]}{gap}{_UNITS[unit]}"


def round_tokens(number: int) -> str:
    """Return a count without the digits that say nothing: `100 M`, `1 B`."""
    digits, gap, unit = tokens(number).partition(GAP)
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + gap + unit


def money(micros: int) -> str:
    """Return micro-dollars as US dollars: `<$0.01`, `$12.34`, from a thousand `$1,234`, from a million `$1.23 M`."""
    if 0 < micros < 5_000:
        return "<$0.01"
    if micros < 999_995_000:
        return f"${_fixed(micros, 1_000_000, 2)}"
    if micros < 999_999_500_000:
        return f"${_fixed(micros, 1_000_000, 0)}"
    return f"${tokens(_round(micros, 1_000_000))}"


def size(count: int) -> str:
    """Return a file's size in decimal units, as browsers show it: `999 B`, `45.6 kB`, `1.23 MB`."""
    return f"{count}{GAP}B" if count < 1000 else f"{tokens(count).replace('B', 'G')}B"


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent to one decimal; never `0.0%` for something nor `100.0%` for less than all."""
    if part <= 0 or whole <= 0:
        return "0%"
    if part >= whole:
        return "100%"
    permille = _round(part * 1000, whole)
    if permille == 0:
        return "<0.1%"
    return ">99.9%" if permille == 1000 else f"{permille // 10}.{permille % 10}%"


def day(date: dt.date) -> str:
    """Return `3 Feb 2026`."""
    return f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def month(date: dt.date) -> str:
    """Return `February 2026`."""
    return f"{MONTH_NAMES[date.month - 1]} {date.year}"


def plural(count: int, one: str) -> str:
    """Return `1 day`, `2 days`, `1,200 days`."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _round(number: int, scale: int) -> int:
    return (2 * number + scale) // (2 * scale)


def _fixed(number: int, scale: int, decimals: int) -> str:
    digits = _round(number * 10**decimals, scale)
    whole, rest = divmod(digits, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}}" if decimals else f"{whole:,}"
