"""The rules of the board, by family; `RULES` is all of them, in the order in which they are explained and judged.

A rule is any function with the decorator `rule` in one of the families: there is nothing else to register.
"""

from validator.rules import counting, history, ownership, plausibility, shape, volume
from validator.rules.rule import Rule

FAMILIES = (shape, ownership, counting, history, volume, plausibility)

RULES: tuple[Rule, ...] = tuple(each for family in FAMILIES for each in vars(family).values() if isinstance(each, Rule))
