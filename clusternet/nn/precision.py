"""Whether this processor gains from bfloat16."""

import torch

__all__ = ["native_bfloat16"]


def native_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 numbers natively.

    Asked of the processor, not timed: results must not depend on how busy the machine was.
    """
    able = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.backends.mkldnn.is_available() and any(
        able.get(name) for name in ("avx512_bf16", "amx_bf16"))
