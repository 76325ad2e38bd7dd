"""Print the attack bench as Markdown: `python -m tests.validator.attacks`."""

from tests.validator.attacks.bench import markdown

print(markdown(), end="")
