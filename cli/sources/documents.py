"""Reading a JSON file whole: such a file is rewritten in place, so there is nothing to resume."""

import errno
import os
from pathlib import Path


def document(path: Path, longest: int) -> bytes:
    """Return the bytes of a file, at most `longest` of them.

    Raises OSError when it cannot be read or is longer. What is written behind its end meanwhile is left out.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size > longest:
            raise OSError(errno.EFBIG, f"larger than {longest >> 20} MiB", str(path))
        return file.read(size)
