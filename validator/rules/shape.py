"""What a change may consist of at all: one commit, few small regular files, each where the store has a place for it."""

from collections.abc import Iterator

from validator.change import MAX_CHANGE_BYTES, SIZE_LIMITS, Change, Commits
from validator.findings import Level
from validator.git import REGULAR
from validator.rules.rule import Remark, rule

_KINDS = {"100755": "an executable file", "120000": "a symbolic link", "160000": "a submodule", "40000": "a folder"}
_NAMED = 5
"""Names that one message lists, at most."""

MAX_COMMIT_BYTES = 16 * 1024
"""An honest commit has 300 bytes, 2 KB when it is signed."""
SPARE_BYTES = 1024
"""What a small file may have more than twice the bytes it needs."""


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(name[:100] for name in names[:_NAMED]) + more


@rule("one-commit", Level.REJECT)
def one_commit(change: Change) -> Iterator[Remark]:
    """Send one commit.

    Looks at: how the pull request's head stands to the board's history.

    Why: The bot merges exactly what it judged. In several commits something can be added and taken away again,
    and would stay in the history unseen; a commit without common history drags in a history of its own.

    What to do: Run `token-tracker submit` again: it makes one commit upon a commit that the board has. How far that
    is behind the board's newest does not matter.

    Bad: two commits, of which the second deletes what the first added.

    Good: one commit upon the state of the board of three months ago.
    """
    if change.in_store and change.commits in {Commits.SEVERAL, Commits.MERGE, Commits.UNRELATED}:
        yield Remark(
            f"The pull request is {_HISTORIES[change.commits]}; it must be one commit upon the board's history."
        )


_HISTORIES = {
    Commits.SEVERAL: "several commits",
    Commits.MERGE: "a merge commit",
    Commits.UNRELATED: "without any history in common with the board",
}


@rule("empty", Level.REJECT)
def empty(change: Change) -> Iterator[Remark]:
    """Change something.

    Looks at: whether the pull request changes any file.

    Why: A change that is already merged, or changes nothing, would only leave an empty merge in the history. Folders
    without files are nothing, too: Git can hold them, but there is nothing in them to merge.

    What to do: Close the pull request. If something is missing on the board, run `token-tracker submit` again.

    Bad: a commit whose files are those of the commit before it.

    Good: a commit that adds one month.
    """
    if not change.in_store and not change.outside:
        merged = change.commits is Commits.MERGED
        yield Remark("The change is already part of the board." if merged else "The change changes nothing.")
    elif not change.outside and change.commits is Commits.ONE and not change.unlisted and not change.file_count:
        yield Remark("The change changes no file, only folders.")


@rule("unlisted", Level.REJECT)
def unlisted(change: Change) -> Iterator[Remark]:
    """Keep folders readable.

    Looks at: the folders of the change, which must be sound Git trees of a size that an honest store has.

    Why: Folders with a million names, with names twice, or nested hundreds deep exist to exhaust or confuse whoever
    reads them.

    What to do: Run `token-tracker submit` again with a current version; it writes only sound folders.

    Bad: a tree object with one million entries.

    Good: a folder with twelve months.
    """
    if change.unlisted:
        yield Remark(f"The change cannot be listed. {change.unlisted}")


@rule("files", Level.REJECT)
def files(change: Change) -> Iterator[Remark]:
    """Send few files.

    Looks at: the number of files that change, against `files_per_change` of the policy.

    Why: A change must be small enough to be judged at once and looked at by a person. A year of several devices fits.

    What to do: Submit in parts, with `token-tracker submit --since … --until …`.

    Bad: 3,001 files.

    Good: twelve months of three devices and the profile.
    """
    count, limit = change.file_count, change.policy.files_per_change
    if count > limit:
        yield Remark(
            f"The change touches {count:,} files; {limit:,} are allowed.", "", (("files", count), ("limit", limit))
        )


@rule("outside", Level.REJECT)
def outside(change: Change) -> Iterator[Remark]:
    """Change nothing but submissions.

    Looks at: whether a change of the store touches anything beside `submissions/` too.

    Why: The bot merges submissions on its own. A workflow or a `.gitattributes` riding along would be merged unseen.

    What to do: Run `token-tracker submit` again. Send work on the board itself as a pull request of its own, which
    a person reviews.

    Bad: a month together with `.github/workflows/ci.yml`.

    Good: a month together with `profile.json`.
    """
    if change.in_store and change.outside:
        yield Remark(f"The change also touches {_some(change.outside)}, which is not part of the store.")


@rule("place", Level.REJECT)
def place(change: Change) -> Iterator[Remark]:
    """Use only paths of the store.

    Looks at: the bytes of every path. The store has `submissions/<shard>/<user id>/profile.json` and
    `submissions/<shard>/<user id>/<device>/<YYYY-MM>.json`, and nothing else.

    Why: Names that differ only in case or in their Unicode form are one file to some computers and two to others;
    `..` and control characters fool those who read them. A path with one spelling only cannot be misread.

    What to do: Run `token-tracker submit` again; it makes these paths itself.

    Bad: `submissions/92/4242/AB12CD34/2026-11.json`.

    Good: `submissions/92/4242/ab12cd34/2026-11.json`.
    """
    for file in change.files:
        if file.place is None:
            yield Remark("The store has no such path.", file.path)


@rule("kind", Level.REJECT)
def kind(change: Change) -> Iterator[Remark]:
    """Send regular files only.

    Looks at: the Git mode of every file that is added or modified.

    Why: A symbolic link or a submodule points elsewhere, and an executable file is meant to be run. The store
    holds data.

    What to do: Run `token-tracker submit` again; it writes mode 100644 only.

    Bad: `2026-11.json` as a symbolic link to another user's file.

    Good: `2026-11.json` as a file of mode 100644.
    """
    for file in change.files:
        if not file.deleted and file.mode != REGULAR:
            found = _KINDS.get(file.mode, "of an unknown kind")
            yield Remark(
                f"This is {found} (mode {file.mode}); only regular files (mode {REGULAR}) are accepted.", file.path
            )


@rule("size", Level.REJECT)
def size(change: Change) -> Iterator[Remark]:
    """Keep files small.

    Looks at: the size of each file before it is read: 256 KiB for a submission, 32 KiB for a profile, and 8 MiB for
    all files of a change; and that of the commit with its message, 16 KiB.

    Why: An honest month has a few dozen kilobytes. What is larger is never read into memory. The commit stays in the
    board's history for ever.

    What to do: Submit in parts, with `token-tracker submit --since … --until …`. If a month of yours really is larger,
    please open an issue.

    Bad: a month of 1 GB.

    Good: a month of 40 KB.
    """
    for file in change.files:
        limit = SIZE_LIMITS.get(file.place.kind) if file.place else None
        if limit is not None and file.size is not None and file.size > limit:
            numbers = (("bytes", file.size), ("limit", limit))
            yield Remark(f"The file has {file.size:,} bytes; {limit:,} are allowed.", file.path, numbers)
    if change.commit_bytes > MAX_COMMIT_BYTES:
        numbers = (("bytes", change.commit_bytes), ("limit", MAX_COMMIT_BYTES))
        yield Remark(f"The commit has {change.commit_bytes:,} bytes; {MAX_COMMIT_BYTES:,} are allowed.", "", numbers)
    if change.bytes > MAX_CHANGE_BYTES:
        numbers = (("bytes", change.bytes), ("limit", MAX_CHANGE_BYTES))
        yield Remark(f"The files have {change.bytes:,} bytes together; {MAX_CHANGE_BYTES:,} are allowed.", "", numbers)


@rule("schema", Level.REJECT)
def schema(change: Change) -> Iterator[Remark]:
    """Keep to the published form.

    Looks at: whether each file is strict JSON of the published form: no unknown field, no key twice, whole numbers
    only, names of harmless characters.

    Why: A field that nobody knows is where private data hides, and what two readers understand differently can be
    judged as one thing and shown as another.

    What to do: Update token-tracker and run `token-tracker submit` again.

    Bad: a submission with the additional field `"email"`.

    Good: a submission as `token-tracker submit --dry-run` shows it.
    """
    for file in change.files:
        if file.problems:
            yield Remark(f"The file is not well-formed: {'; '.join(file.problems)}", file.path)


@rule("layout", Level.REJECT, Level.NOTICE)
def layout(change: Change) -> Iterator[Remark]:
    """Write files as the command does.

    Looks at: every byte of a file, against what the command would write for the same content: one usage row a line.

    Why: People read the difference between two revisions. What is signed is what the file says, so another layout is
    only mentioned. But what nobody signs must not become a hiding place: a file of twice the bytes is refused.

    What to do: Run `token-tracker submit` again, and do not format the file afterwards.

    Bad: a submission with 100 KB of blanks at its end.

    Good: the file as `token-tracker submit --dry-run` shows it.
    """
    for file in change.files:
        if not file.tidy:
            level = Level.REJECT if 2 * file.spare > (file.size or 0) + SPARE_BYTES else Level.NOTICE
            yield Remark("The file is not written the way the command writes it.", file.path, level=level)


@rule("reviews-file", Level.REJECT)
def reviews_file(change: Change) -> Iterator[Remark]:
    """Leave the bot's file alone.

    Looks at: whether the change touches a `reviews.json`.

    Why: It records verdicts and what maintainers approved. Only the bot writes it; it also removes it
    when a user leaves.

    What to do: Take that file out of the change: run `token-tracker submit` again.

    Bad: a `reviews.json` in which somebody approves their own numbers.

    Good: a withdrawal of everything that leaves `reviews.json` where it is.
    """
    for file in change.files:
        if file.place and file.place.kind == "reviews":
            yield Remark("Only the bot writes this file.", file.path)
