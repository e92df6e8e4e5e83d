"""Logistic regression with a quadratic penalty."""

import numpy as np
from scipy.special import expit

__all__ = ["fit_logistic", "log_loss"]


def fit_logistic(design: np.ndarray, found: np.ndarray, penalty: np.ndarray,
                 start: np.ndarray | None = None, *, tolerance: float = 1e-8,
                 steps: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Fit coefficients by Newton's method.

    Minimises ``sum(log(1 + exp(s)) - found * s) + sum(penalty * beta**2) / 2`` with
    ``s = design @ beta``, which has one minimum.

    Parameters
    ----------
    design : numpy.ndarray, shape (row, term)
        Values of the terms.
    found : numpy.ndarray of bool, shape (row,)
        Outcome of each row; neither all true nor all false.
    penalty : numpy.ndarray, shape (term,)
        Penalty on each squared coefficient.
    start : numpy.ndarray, optional
        Coefficients of the first step; zeros when not given.
    tolerance : float, optional
        Largest change of the last step, relative to 1 plus the objective.
    steps : int, optional
        Largest number of steps.

    Returns
    -------
    beta : numpy.ndarray, shape (term,)
        Coefficients.
    covariance : numpy.ndarray, shape (term, term)
        Inverse of the second derivatives there.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.completeness.logistic import fit_logistic
    >>> beta, _ = fit_logistic(np.ones((4, 1)), np.array([1, 1, 1, 0], bool), np.zeros(1))
    >>> float(np.exp(beta[0]).round(6))
    3.0
    """
    beta = np.zeros(design.shape[1]) if start is None else start

    def objective(beta: np.ndarray) -> float:
        s = design @ beta
        return np.sum(np.logaddexp(0, s) - found * s) + 0.5 * np.sum(penalty * beta**2)

    value = objective(beta)
    for _ in range(steps):
        p = expit(design @ beta)
        gradient = design.T @ (p - found) + penalty * beta
        step = np.linalg.solve(_curvature(design, p, penalty), gradient)
        size, new = 1.0, objective(beta - step)
        while new > value and size > 1e-6:
            size /= 2
            new = objective(beta - size * step)
        if value - new <= tolerance * (1 + value):
            break
        beta, value = beta - size * step, new
    return beta, np.linalg.inv(_curvature(design, expit(design @ beta), penalty))


def log_loss(p: np.ndarray, found: np.ndarray) -> float:
    """Mean negative log probability of the outcomes.

    Parameters
    ----------
    p : numpy.ndarray
        Probabilities.
    found : numpy.ndarray of bool
        Outcomes.

    Returns
    -------
    float
        In natural units; log(2) for a coin.
    """
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(found, np.log(p), np.log1p(-p))))


def _curvature(design: np.ndarray, p: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    # A trace of a penalty keeps it invertible where all probabilities are 0 or 1.
    return (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty + 1e-9)
