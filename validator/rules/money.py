"""Money in findings: counted in micro-dollars, told in dollars."""

MICROS = 1_000_000
"""Micro-dollars in a dollar."""


def dollars(micros: int) -> str:
    """Return micro-dollars as people read them, `$1,234.56`, rounded down to cents."""
    return f"${micros // MICROS:,}.{micros % MICROS // 10_000:02}"
