"""Windows without a cluster in the middle, from any mosaic."""

from collections.abc import Sequence

import numpy as np

__all__ = ["BackgroundSampler"]


class BackgroundSampler:
    """Random windows from images, away from masked and blank areas.

    Parameters
    ----------
    images : list of numpy.ndarray, shape (band, y, x)
        Real or synthetic, electron/s; a single image may be given without a list.
    masks : list of numpy.ndarray, shape (y, x), optional
        True where pixels are bad; NaN and all-zero pixels count as bad anyway.
    size : int, optional
        Side of the windows.
    max_bad : float, optional
        Largest fraction of bad pixels in a window. Bad pixels are filled with the
        median of the window's good ones, band by band.

    Raises
    ------
    ValueError
        If an image is smaller than a window, or has no usable window.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.mocks import BackgroundSampler
    >>> sampler = BackgroundSampler(np.ones((3, 100, 100)), size=64)
    >>> sampler.draw(5, rng=1).shape
    (5, 3, 64, 64)
    """

    def __init__(self, images: np.ndarray | Sequence[np.ndarray],
                 masks: np.ndarray | Sequence[np.ndarray] | None = None, *, size: int = 64,
                 max_bad: float = 0.0) -> None:
        if isinstance(images, np.ndarray) and images.ndim == 3:
            images, masks = [images], None if masks is None else [np.asarray(masks)]
        self.size = int(size)
        self.images, self._valid = [], []
        for i, image in enumerate(images):
            image = np.asarray(image)
            if image.ndim != 3:
                raise ValueError(f"image {i} has shape {image.shape}; expected (band, y, x)")
            if min(image.shape[1:]) < self.size:
                raise ValueError(f"image {i} of {image.shape[2]} x {image.shape[1]} pixels is "
                                 f"smaller than a window of {self.size}; give a larger one")
            bad = ~np.isfinite(image).all(0) | (image == 0).all(0)
            if masks is not None:
                bad |= np.asarray(masks[i], dtype=bool)
            total = np.zeros((bad.shape[0] + 1, bad.shape[1] + 1), dtype=np.int64)
            total[1:, 1:] = bad.cumsum(0).cumsum(1)
            s = self.size
            n_bad = total[s:, s:] - total[:-s, s:] - total[s:, :-s] + total[:-s, :-s]
            valid = np.flatnonzero((n_bad <= max_bad * s * s) & (n_bad < s * s))
            if not len(valid):
                raise ValueError(f"image {i} has no window of {s} pixels with at most "
                                 f"{max_bad:.0%} bad pixels; allow more with max_bad")
            self.images.append((image, bad, bad.shape[1] - s + 1))
            self._valid.append(valid)
        self._p = np.array([len(v) for v in self._valid], dtype=float)
        self._p /= self._p.sum()

    def draw(self, n: int, rng: int | np.random.Generator | None = None) -> np.ndarray:
        """Draw windows, uniform over all usable places.

        Parameters
        ----------
        n : int
            Number of windows.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        numpy.ndarray, shape (n, band, size, size)
            float32.
        """
        rng = np.random.default_rng(rng)
        s = self.size
        out = np.empty((n, self.images[0][0].shape[0], s, s), dtype=np.float32)
        for k, i in enumerate(rng.choice(len(self.images), n, p=self._p)):
            image, bad, width = self.images[i]
            y, x = divmod(int(rng.choice(self._valid[i])), width)
            window = image[:, y:y + s, x:x + s]
            hole = bad[y:y + s, x:x + s]
            if hole.any():
                window = window.copy()
                window[:, hole] = np.median(window[:, ~hole], axis=1)[:, None]
            out[k] = window
        return out
