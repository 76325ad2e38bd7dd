"""Somebody's picture, made small: whatever comes in, a WebP of 96 by 96 pixels comes out, or nothing."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps

SIZE = 96
MOST = 4096
"""Bytes of a picture at most, if less quality can do it."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_LARGEST = 1024 * 1024
"""Pixels of what comes in, at most: 96 by 96 were asked for."""
_QUALITIES = (80, 60, 40, 20)
_UNREADABLE = (OSError, ValueError, SyntaxError, IndexError, TypeError, OverflowError, struct.error, zlib.error)
"""What Pillow's readers raise for files that are not what they say."""


def webp(content: bytes) -> bytes:
    """Return a picture in any of the usual formats as a small WebP; of a moving one the first frame.

    Nothing (b"") for whatever cannot be read: something else, cut off, or so large that it could only be meant badly.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > _LARGEST:
                return b""
            small = ImageOps.fit(picture.convert("RGBA"), (SIZE, SIZE))
    except (*_UNREADABLE, Image.DecompressionBombError):
        return b""
    for quality in _QUALITIES:
        target = BytesIO()
        small.save(target, "WEBP", quality=quality, method=4)
        if target.tell() <= MOST:
            break
    return target.getvalue()
