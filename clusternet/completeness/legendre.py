"""Products of Legendre polynomials of several columns, up to a total degree."""

from itertools import product

import numpy as np

__all__ = ["legendre_terms", "term_degrees"]


def term_degrees(n: int, degree: int) -> np.ndarray:
    """Degree of every term in each column.

    Parameters
    ----------
    n : int
        Number of columns.
    degree : int
        Highest total degree of a term.

    Returns
    -------
    numpy.ndarray of int, shape (term, column)
        By total degree; the constant comes first.

    Examples
    --------
    >>> from clusternet.completeness.legendre import term_degrees
    >>> term_degrees(2, 1).tolist()
    [[0, 0], [0, 1], [1, 0]]
    """
    terms = [powers for powers in product(range(degree + 1), repeat=n) if sum(powers) <= degree]
    return np.array(sorted(terms, key=lambda powers: (sum(powers), powers)))


def legendre_terms(values: np.ndarray, ranges: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Values of the terms, each column scaled from its range to -1 ... 1.

    Parameters
    ----------
    values : numpy.ndarray, shape (row, column)
        Values outside of the range count as its nearer end.
    ranges : numpy.ndarray, shape (column, 2)
        Lower and upper end for each column.
    degrees : numpy.ndarray, shape (term, column)
        From `term_degrees`.

    Returns
    -------
    numpy.ndarray, shape (row, term)

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.completeness.legendre import legendre_terms, term_degrees
    >>> legendre_terms(np.array([[3.0]]), np.array([[1.0, 3.0]]), term_degrees(1, 2)).tolist()
    [[1.0, 1.0, 1.0]]
    """
    low, high = ranges.T
    scaled = 2 * (np.clip(values, low, high) - low) / (high - low) - 1
    legendre = np.moveaxis(np.polynomial.legendre.legvander(scaled, degrees.max()), 2, 0)
    terms = np.ones((len(values), len(degrees)))
    for i in range(values.shape[1]):
        terms *= legendre[degrees[:, i], :, i].T
    return terms
