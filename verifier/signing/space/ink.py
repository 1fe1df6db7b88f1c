"""What of a drawn page is not its background: on clean pages every trace, on scans what stands out from the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3 channels."""
Mask = NDArray[np.bool_]
"""Height × width."""

Colour = tuple[int, int, int]
"""In the order of a picture's channels."""

CLEAN_TOLERANCE = 8
"""Levels of 256 by which a pixel of a clean page may differ from its background: less is not seen on paper."""
SHARE_OF_WHITE = 0.1
"""Share of a page from which on white is its background, unless one other light colour is half of it."""
DARKEST_BACKGROUND = 150
"""Level of the darkest channel below which nothing black or coloured can be read on a background."""
BLOCK = 32
"""Pixels along a block in which the paper of a scan is taken to be of one shade: 8 mm."""
PAPER_PERCENT = 75
"""Percentile of a block that is paper: text fills less than a quarter of its area."""
SCAN_TOLERANCES = (14.0, 40.0)
"""Least and most that a pixel of a scan may be darker than the paper around it."""
PAPER_VARIES = 48
"""Levels by which the paper of a block may differ from the page's: what differs more is a picture or a shadow."""
SPECK_AROUND = 4
"""Pixels around a dark one that are looked at for company, on a scan: 1 mm, as far as the next dot of a dotted line."""
SPECK_LARGEST = 5
"""Dark pixels without any company that are dust: half a millimetre across."""


def ink_of(picture: Picture, background: Colour, *, scanned: bool) -> Mask:
    """Return what is not background; all of it where the background is too dark to be written on.

    `scanned` says that most of the page is an image: grey noise, uneven light and dust are no ink then.
    """
    if min(background) < DARKEST_BACKGROUND:
        return np.ones(picture.shape[:2], dtype=bool)
    return _scan_ink(picture, background) if scanned else _clean_ink(picture, background)


def background_of(picture: Picture) -> Colour:
    """Return a page's background: the light colour of half of it; else white, if there is some; else the commonest."""
    flat = picture.reshape(-1, 3)
    packed = flat.astype(np.uint32) @ np.array([1, 256, 65536], dtype=np.uint32)
    coarse = ((flat >> 4).astype(np.uint16) @ np.array([1, 16, 256], dtype=np.uint16)).astype(np.int64)
    shade = int(np.bincount(coarse, minlength=4096).argmax())
    members = packed[coarse == shade]
    colours, counts = np.unique(members, return_counts=True)
    exact = int(colours[counts.argmax()])
    colour = exact & 255, exact >> 8 & 255, exact >> 16
    if counts.max() >= len(flat) / 2 and min(colour) >= DARKEST_BACKGROUND:
        return colour
    if np.count_nonzero(packed == 0xFFFFFF) >= SHARE_OF_WHITE * len(flat):
        return 255, 255, 255
    middle = np.median(flat[coarse == shade], axis=0)
    return int(middle[0]), int(middle[1]), int(middle[2])


def _clean_ink(picture: Picture, background: Colour) -> Mask:
    mask = np.zeros(picture.shape[:2], dtype=bool)
    for channel, level in enumerate(background):
        plane = picture[:, :, channel]
        mask |= (plane < max(0, level - CLEAN_TOLERANCE)) | (plane > min(255, level + CLEAN_TOLERANCE))
    return mask


def _scan_ink(picture: Picture, background: Colour) -> Mask:
    """Compare the darkest channel (ink of any colour is dark in one of them) with the paper of its block."""
    darkest = picture.min(axis=2)
    blocks = _blocks(darkest)
    middle, paper = np.percentile(blocks, (50, PAPER_PERCENT), axis=2)
    tolerance = float(np.clip(8 + 4.5 * np.median(paper - middle) / 0.6745, *SCAN_TOLERANCES))
    strange = np.abs(paper - min(background)) > PAPER_VARIES
    height, width = darkest.shape
    shade = _spread(paper, height, width)
    mask = darkest < shade - tolerance
    whole: Mask = _without_specks(mask) | _spread(strange, height, width)
    return whole


def _blocks(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows × columns × pixels of a block; the last ones repeat their edge."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % BLOCK), (0, -width % BLOCK)), mode="edge")
    rows, columns = padded.shape[0] // BLOCK, padded.shape[1] // BLOCK
    return padded.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows, columns, BLOCK * BLOCK)


def _spread(values: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """One value a block to one a pixel."""
    return values.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[:height, :width]


def _without_specks(mask: Mask) -> Mask:
    """Keep what has company: dust and grains of noise have none."""
    window = 2 * SPECK_AROUND + 1
    sums = np.pad(mask, ((window, SPECK_AROUND), (window, SPECK_AROUND)))[SPECK_AROUND:, SPECK_AROUND:].astype(np.int32)
    np.cumsum(sums, axis=0, out=sums)
    np.cumsum(sums, axis=1, out=sums)
    around = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    kept: Mask = mask & (around > SPECK_LARGEST)
    return kept
