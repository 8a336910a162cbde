"""Lines of text as other scans would have them: slanted, shifted, uneven, bold or faint, blurred, with noise and gaps.

Every batch is distorted anew while a net trains, each line by numbers of its own, drawn from torch's generator.
"""

import torch
from torch import Tensor
from torch.nn import functional

SLANT = 0.25
"""columns to the side for each row up"""
SHIFT = 0.06
"""of the height, up or down"""
NARROWER = 0.12
"""of the width"""
HIGHER = 0.08
"""of the height, or lower"""
TILT = 0.05
"""of the height, from the middle to an end"""
WAVE = 0.03
"""of the height, from place to place; waves are a few heights long"""
GAPS = 3
"""spots without ink, at the most"""


def distorted(columns: Tensor, mask: Tensor) -> Tensor:
    """columns [B,W,H] of ink from 0 to 1, mask [B,W] -> the same lines in the same columns, distorted."""
    x = columns.transpose(1, 2)[:, None]
    x = _bent(x, mask.sum(1))
    x = _inked(x)
    x = x * _spared(x)
    noise = torch.randn_like(x) * torch.rand(len(x), 1, 1, 1, device=x.device) ** 2 * 0.15
    x = (x + noise).clamp(0, 1)
    return (x[:, 0] * mask[:, None, :]).transpose(1, 2)


def _between(rows: int, low: float, high: float, device: torch.device) -> Tensor:
    """A number for each row [B,1,1]."""
    return low + (high - low) * torch.rand(rows, 1, 1, device=device)


def _bent(x: Tensor, widths: Tensor) -> Tensor:
    """[B,1,H,W] -> the same, looked at through another grid."""
    rows, _, high, wide = x.shape
    device, size = x.device, widths.view(-1, 1, 1).clamp(min=1)
    down = torch.arange(high, device=device, dtype=x.dtype).view(1, high, 1) - (high - 1) / 2
    along = torch.arange(wide, device=device, dtype=x.dtype).view(1, 1, wide)
    across = along * (1 + _between(rows, 0, NARROWER, device)) + down * _between(rows, -SLANT, SLANT, device)
    tilt = (along / size - 0.5) * 2 * high * _between(rows, -TILT, TILT, device)
    upright = down * (1 + _between(rows, -HIGHER, HIGHER, device)) + high * _between(rows, -SHIFT, SHIFT, device) + tilt
    knots = torch.randn(rows, 2, 2, max(wide // (2 * high), 2), device=device) * WAVE * high
    waves = functional.interpolate(knots, (high, wide), mode="bilinear", align_corners=True)
    across, upright = across + waves[:, 0], upright + waves[:, 1]
    grid = torch.stack([across * (2 / max(wide - 1, 1)) - 1, upright * (2 / (high - 1))], 3)
    return functional.grid_sample(x, grid, padding_mode="zeros", align_corners=True)


def _inked(x: Tensor) -> Tensor:
    """Bolder or thinner, blurred, darker or fainter."""
    rows = len(x)
    bold = _between(rows, -1, 1, x.device)[..., None]
    thick = functional.max_pool2d(x, 3, 1, 1)
    thin = -functional.max_pool2d(-x, 3, 1, 1)
    x = x + bold.clamp(min=0) * 0.7 * (thick - x) + (-bold).clamp(min=0) * 0.5 * (thin - x)
    blurred = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    x = torch.lerp(x, blurred, torch.rand(rows, 1, 1, 1, device=x.device))
    return x.clamp(0, 1) ** torch.exp(_between(rows, -0.4, 0.4, x.device))[..., None]


def _spared(x: Tensor) -> Tensor:
    """[B,1,H,W]: 0 in some small spots of each line, 1 elsewhere."""
    rows, _, high, wide = x.shape
    spots = torch.rand(rows, GAPS, 4, 1, device=x.device)
    left, top = spots[:, :, 0] * wide, spots[:, :, 1] * high
    broad, long = spots[:, :, 2] ** 2 * high / 4, spots[:, :, 3] ** 2 * high / 4
    along, down = torch.arange(wide, device=x.device), torch.arange(high, device=x.device)
    inside = ((along >= left) & (along < left + broad))[:, :, None, :] & ((down >= top) & (down < top + long))[
        ..., None
    ]
    return (~inside.any(1, keepdim=True)).to(x.dtype)
