"""What of a drawn page is not its background: on clean pages every trace, on scans what stands out from the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3 channels."""
Mask = NDArray[np.bool_]
"""Height × width."""

CLEAN_TOLERANCE = 8
"""Levels of 256 by which a pixel of a clean page may differ from its background: less is not seen on paper."""
SHARE_OF_WHITE = 0.1
"""Share of a page from which on white is its background, unless one other colour is half of it."""
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
SPECK = 3
"""Pixels of a neighbourhood of 3 × 3 (0.75 mm) that must be dark for the middle one to be ink, on a scan."""


def ink_of(picture: Picture, *, scanned: bool) -> Mask:
    """Return what is not background; all of it where the background is too dark to be written on.

    `scanned` says that most of the page is an image: grey noise, uneven light and dust are no ink then.
    """
    background = _background(picture)
    if min(background) < DARKEST_BACKGROUND:
        return np.ones(picture.shape[:2], dtype=bool)
    return _scan_ink(picture, background) if scanned else _clean_ink(picture, background)


def _background(picture: Picture) -> tuple[int, int, int]:
    """The one exact colour of half the page; else white, where there is enough; else the commonest shade."""
    flat = picture.reshape(-1, 3)
    packed = flat.astype(np.uint32) @ np.array([1, 256, 65536], dtype=np.uint32)
    coarse = ((flat >> 4).astype(np.uint16) @ np.array([1, 16, 256], dtype=np.uint16)).astype(np.int64)
    shade = int(np.bincount(coarse, minlength=4096).argmax())
    members = packed[coarse == shade]
    colours, counts = np.unique(members, return_counts=True)
    exact = int(colours[counts.argmax()])
    if counts.max() >= len(flat) / 2:
        return exact & 255, exact >> 8 & 255, exact >> 16
    if np.count_nonzero(packed == 0xFFFFFF) >= SHARE_OF_WHITE * len(flat):
        return 255, 255, 255
    middle = np.median(flat[coarse == shade], axis=0)
    return int(middle[0]), int(middle[1]), int(middle[2])


def _clean_ink(picture: Picture, background: tuple[int, int, int]) -> Mask:
    mask = np.zeros(picture.shape[:2], dtype=bool)
    for channel, level in enumerate(background):
        plane = picture[:, :, channel]
        mask |= (plane < max(0, level - CLEAN_TOLERANCE)) | (plane > min(255, level + CLEAN_TOLERANCE))
    return mask


def _scan_ink(picture: Picture, background: tuple[int, int, int]) -> Mask:
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
    padded = np.pad(mask.astype(np.uint8), 1)
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    around = across[:-2] + across[1:-1] + across[2:]
    kept: Mask = mask & (around >= SPECK)
    return kept
