"""Reading files of one JSON value a line (JSONL) in bounded memory, from where the last reading stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.sources.base import MAX_LINE_BYTES

BLOCK_BYTES = 256 * 1024
"""Read at once: small enough to stay in a processor's cache, large enough to make a call per block cheap."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of neighbouring whole lines, or a file's unfinished last line."""

    data: bytes
    """Whole lines, each with its line break; empty where only lines that are too long were passed over.
    Or, when not `whole`, the file's last line, which has no line break (yet)."""
    end: int
    """Offset in the file to resume from: behind these lines, but before an unfinished last line."""
    too_long: int = 0
    """How many lines longer than the limit were passed over before these."""
    whole: bool = True

    def lines(self) -> list[bytes]:
        """Return the lines without their line breaks."""
        lines = self.data.split(b"\n")
        if self.whole:
            del lines[-1]
        return lines


def blocks(path: Path, offset: int = 0, size: int = BLOCK_BYTES, longest: int = MAX_LINE_BYTES) -> Iterator[Block]:
    r"""Read a file from an offset (the start of a line) to its end, about `size` bytes at a time.

    Lines end in `\n`; what is in them is not looked at, so any bytes do. Lines longer than `longest` (which is at
    least `size`) are counted and passed over, so memory is bounded by some three times that; long lines are read
    in growing pieces, so time stays linear. A line has the same fate wherever a reading starts.

    An unfinished last line comes as a block of its own which is not `whole`: take it if it parses, say nothing of
    it if it does not; it will be read again, since its `end` lies before it.
    Raises OSError when the file cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        position = end = file.seek(offset)
        kept = b""
        passing_over = False
        while chunk := file.read(max(size, len(kept) // 4)):
            first = chunk.find(b"\n")
            passing_over = passing_over or len(kept) + (len(chunk) if first < 0 else first) > longest
            if passing_over:
                kept = b""
            if first < 0:
                kept = b"" if passing_over else kept + chunk
            else:
                start = first + 1 if passing_over else 0
                stop = chunk.rfind(b"\n") + 1
                end = position + stop
                yield Block(b"".join((kept, memoryview(chunk)[start:stop])), end, too_long=int(passing_over))
                kept = chunk[stop:]
                passing_over = False
            position += len(chunk)
        if kept:
            yield Block(kept, end, whole=False)
