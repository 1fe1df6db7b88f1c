"""The picture that shows with a signature: a PNG with transparent ground, read and written anew; runs in a worker."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from verifier.errors import BadRequest

LARGEST = 200_000
"""Octets, as sent and as kept."""
LONGEST = 2000
"""Pixels of a side."""
LEAST = 16
FIELD = "picture"


def cleaned(data: bytes) -> bytes:
    """Return the pixels of a PNG as a new PNG, without anything that came along.

    BadRequest `picture-too-large`, `picture-unreadable`, `picture-opaque` where nothing of it is transparent.
    """
    if len(data) > LARGEST:
        raise BadRequest("picture-too-large", f"{len(data)} octets", field=FIELD)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = _pixels(data)
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as error:
        raise BadRequest("picture-unreadable", type(error).__name__, field=FIELD) from None
    if picture.getchannel("A").getextrema()[0] == 255:
        raise BadRequest("picture-opaque", field=FIELD)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    if len(written.getvalue()) > LARGEST:
        raise BadRequest("picture-too-large", f"{len(written.getvalue())} octets", field=FIELD)
    return written.getvalue()


def _pixels(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as found:
        if max(found.size) > LONGEST:
            raise BadRequest("picture-too-large", f"{found.size[0]} × {found.size[1]}", field=FIELD)
        if min(found.size) < LEAST:
            raise ValueError("too small")
        found.load()
        plain = found.convert("RGBA")
    clean = Image.new("RGBA", plain.size)
    clean.paste(plain)
    return clean
