"""Whether this processor gains from bfloat16, by trying."""

import time
from functools import cache

import torch

__all__ = ["bfloat16_pays"]


@cache
def bfloat16_pays():
    """Time one convolution in float32 and in bfloat16 on the CPU.

    Returns
    -------
    bool
        True where bfloat16 is at least 1.2 times as fast. Asked once a process.
    """
    x = torch.randn(16, 64, 32, 32).contiguous(memory_format=torch.channels_last)
    layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    seconds = {}
    with torch.inference_mode():
        for dtype in (torch.float32, torch.bfloat16):
            f, y = layer.to(dtype), x.to(dtype)
            f(y)
            runs = []
            for _ in range(5):
                start = time.perf_counter()
                f(y)
                runs.append(time.perf_counter() - start)
            seconds[dtype] = min(runs)
    return seconds[torch.float32] > 1.2 * seconds[torch.bfloat16]
