"""Safetensors files of networks: tensors and text, no code."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save

from clusternet._files import atomic_write

__all__ = ["StoredNetwork", "read_stored", "write_stored"]


class StoredNetwork(NamedTuple):
    """The content of a file."""

    format: str
    """Name of the format, one for each class of networks."""
    config: dict[str, Any]
    """Everything but the weights, plain values."""
    tensors: dict[str, torch.Tensor]
    """The weights by their names."""


def write_stored(stored: StoredNetwork, path: str | os.PathLike[str]) -> None:
    """Write a file, floating-point tensors as float16.

    The file appears whole or not at all, and equal networks give equal bytes.

    Parameters
    ----------
    stored : StoredNetwork
        The content.
    path : str or os.PathLike
        The file; its folder must exist.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    tensors = {name: value.detach().to(
        torch.float16 if value.is_floating_point() else value.dtype).contiguous()
        for name, value in stored.tensors.items()}
    header = {"format": stored.format, "config": json.dumps(stored.config, sort_keys=True)}
    with atomic_write(path) as temporary:
        temporary.write_bytes(_with_sorted_header(save(tensors, header)))


def read_stored(path: str | os.PathLike[str]) -> StoredNetwork:
    """Read a file, floating-point tensors as float32.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    StoredNetwork
        Without a format if the file is of another library.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If it is no safetensors file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"no network weights at {path}; give a file written by write_network")
    try:
        with safe_open(path, "pt") as opened:
            header = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except Exception as error:
        raise ValueError(f"{path} is not a readable safetensors file ({error}); "
                         "weights are read from files written by write_network only") from error
    return StoredNetwork(header.get("format", ""), json.loads(header.get("config", "{}")),
                         {name: value.float() if value.is_floating_point() else value
                          for name, value in tensors.items()})


def _with_sorted_header(content: bytes) -> bytes:
    """Return a safetensors file with its metadata, which the library shuffles, in order."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])
    header = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + size:]
