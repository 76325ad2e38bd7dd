"""What was there before: revisions follow one another, nothing counts twice, nothing shrinks unseen."""

from collections.abc import Iterator

from validator.change import Change, Submitted
from validator.contributions import counted
from validator.findings import Level
from validator.rules.rule import Remark, rule
from validator.submission import Submission


@rule("chain", Level.REJECT)
def chain(change: Change) -> Iterator[Remark]:
    """Continue the chain of revisions.

    Looks at: `revision` and `previous` of each submission. The first is revision 1 with `previous` null; every other
    has the next number, and as `previous` the hash of the one that the board has.

    Why: A signed file stays valid for ever. Only the chain keeps somebody from putting an older one back, or two
    computers with one key from overwriting each other.

    What to do: Run `token-tracker submit` again; it continues what the board has now.

    Bad: revision 2 where the board has revision 3.

    Good: revision 4 whose `previous` is the hash of revision 3.
    """
    for each in change.submitted:
        new, old = each.new, each.old
        if _starts_over(each) or _same_file(each):
            continue
        revision, previous = (old.revision + 1, old.hash) if old else (1, None)
        if (new.revision, new.previous) != (revision, previous):
            expected = f"revision {revision} with previous {previous or 'null'}"
            given = f"revision {new.revision} with previous {new.previous or 'null'}"
            yield Remark(f"It is {given}; the board's next is {expected}.", each.path)


def _starts_over(each: Submitted) -> bool:
    return each.old is not None and each.new.revision == 1 and each.new.previous is None and not _same_file(each)


def _same_file(each: Submitted) -> bool:
    return each.old is not None and each.new.hash == each.old.hash


@rule("overlap", Level.REJECT)
def overlap(change: Change) -> Iterator[Remark]:
    """Continue a month, do not start it over.

    Looks at: submissions that claim to be the first of their device and month while the board has one.

    Why: It would silently replace what was published, perhaps from a computer that lost its ledger and knows only
    half of the month.

    What to do: Run `token-tracker submit` again: it continues the chain, and asks for `--force` before it lowers a
    published day.

    Bad: revision 1 of 2026-11 where the board has revision 3 of it.

    Good: revision 4, which replaces revision 3.
    """
    for each in change.submitted:
        if _starts_over(each) and each.old:
            yield Remark(
                f"It claims to be the first, but the board has revision {each.old.revision} of this device and month.",
                each.path,
            )


@rule("duplicate", Level.REJECT)
def duplicate(change: Change) -> Iterator[Remark]:
    """Submit nothing twice.

    Looks at: whether a submission holds the same data as the one it replaces, or the same contributions as another
    device of the author in the same month.

    Why: The first says nothing new and only makes the history longer. The second counts the same usage twice: devices
    are summed.

    What to do: If nothing is new, close the pull request. If logs were copied from one computer to the other, submit
    from one of them, and withdraw the month of the other with `token-tracker withdraw`.

    Bad: the same November on `ab12cd34` and on `zz99zz99`.

    Good: revision 2 with one more day.
    """
    for each in change.submitted:
        if each.old and (_same_file(each) or each.new.data == each.old.data):
            yield Remark(f"It holds the same data as revision {each.old.revision}, which the board has.", each.path)
        for device, other in _originals(change, each):
            if _usage(each.new) == _usage(other):
                yield Remark(f"The device {device} has the same contributions in this month.", each.path)


def _originals(change: Change, each: Submitted) -> Iterator[tuple[str, Submission]]:
    """Yield (device, submission) of the same month that this one could be a copy of.

    That is what the board has of other devices, and of two new submissions the one whose device comes first.
    """
    new = {other.key for other in change.submitted}
    for key, other in change.after().items():
        if key[1] == each.place.period and key != each.key and (key not in new or key < each.key):
            yield key[0], other


def _usage(submission: Submission) -> list[tuple[object, ...]]:
    return [counted(day) for day in submission.data.contributions]


@rule("copied-days", Level.FLAG)
def copied_days(change: Change) -> Iterator[Remark]:
    """Look at days that two devices have alike.

    Looks at: new days that have exactly the usage of the same day on another device of the author, from
    `copied_day_tokens` of the policy on.

    Why: Two computers never use the very same tokens on the same day. Most often an agent's folder was copied or is
    synchronised, and would be counted twice.

    What to do: Say on the pull request how it comes about, or submit from one of the two devices only.

    Bad: 2026-11-02 with 3,123,456 tokens of one model on both the laptop and the desktop.

    Good: 2026-11-02 with different numbers on the laptop and on the desktop.
    """
    for each in change.submitted:
        known = {counted(day) for day in each.old.data.contributions} if each.old else set()
        floor = change.policy.copied_day_tokens
        fresh = {
            counted(day): day
            for day in each.new.data.contributions
            if day.total_tokens >= floor and counted(day) not in known
        }
        for device, other in _originals(change, each):
            days = [fresh[copy] for copy in _usage(other) if copy in fresh]
            if days and _usage(other) != _usage(each.new):
                tokens = sum(day.total_tokens for day in days)
                numbers = (("tokens", tokens), ("days", len(days)))
                yield Remark(
                    f"{len(days):,} of its days, the first {days[0].date}, are exactly those of the device {device}.",
                    each.path,
                    numbers,
                )


@rule("copied-month", Level.FLAG)
def copied_month(change: Change) -> Iterator[Remark]:
    """Look at months that two users have alike.

    Looks at: submissions with exactly the same contributions as one of another user on the board, from
    `copied_day_tokens` of the policy on. Costs are not compared: they depend on the prices a computer had.

    Why: Two people never use the very same tokens on the same days. Somebody copied published numbers, or two accounts
    submit from one computer.

    What to do: If the computer or its folders are shared, submit from one account only. Otherwise say on the pull
    request how it comes about, also if the other copied you.

    Bad: a November whose every day has the numbers that another user has published.

    Good: a November of one's own.
    """
    for each in change.submitted:
        if each.alike:
            more = f" and {len(each.alike) - 1:,} more" if len(each.alike) > 1 else ""
            numbers = (("tokens", each.new.data.summary.total_tokens), ("copies", len(each.alike)))
            yield Remark(f"It has exactly the contributions of {each.alike[0]}{more}.", each.path, numbers)


@rule("lowered", Level.FLAG)
def lowered(change: Change) -> Iterator[Remark]:
    """Look at published days that go down.

    Looks at: days that have fewer tokens than in the submission that the board has. Withdrawing a whole month is not
    looked at: everybody may leave.

    Why: Corrections may go down as well as up. But what many people have seen should not shrink unnoticed, and most
    often it means that logs were deleted and a ledger was lost.

    What to do: Say on the pull request why, for instance which double count was mended. If it was not on purpose, close
    the pull request.

    Bad: 2026-11-02 goes from 5,000,000 tokens to 1,000,000.

    Good: 2026-11-02 goes from 5,000,000 tokens to 5,200,000.
    """
    for each in change.submitted:
        if each.old is None:
            continue
        now = {day.date: day.total_tokens for day in each.new.data.contributions}
        lost = {day.date: day.total_tokens - now.get(day.date, 0) for day in each.old.data.contributions}
        lost = {date: tokens for date, tokens in sorted(lost.items()) if tokens > 0}
        if lost:
            worst = max(lost, key=lambda date: lost[date])
            numbers = (("tokens", sum(lost.values())), ("days", len(lost)))
            yield Remark(
                f"{len(lost):,} published days lose {numbers[0][1]:,} tokens, {worst} most of them.", each.path, numbers
            )


@rule("too-often", Level.REJECT)
def too_often(change: Change) -> Iterator[Remark]:
    """Send few changes a day.

    Looks at: how many changes of the author were merged on this UTC day, against `changes_per_day` of the policy.

    Why: Every change stays in the history that everybody clones.

    What to do: Run `token-tracker submit` again tomorrow; it will hold all that is missing.

    Bad: the 25th change of one day.

    Good: one change an hour.
    """
    merged = change.folder.reviews.changes_on(change.now.date()) if change.folder.reviews else 0
    if merged >= change.policy.changes_per_day:
        numbers = (("merged", merged), ("limit", change.policy.changes_per_day))
        yield Remark(f"{merged:,} changes were merged today already; {numbers[1][1]:,} are allowed.", "", numbers)
