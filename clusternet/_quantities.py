"""Checks of quantities that are passed in."""

import numpy as np
from astropy import units as u

__all__ = ["checked_quantity"]


def checked_quantity(
    name: str, value: object, example: u.Quantity, *, zero: bool = False, scalar: bool = True
) -> u.Quantity:
    """Return a positive quantity in the unit of an example.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        Value to check; a Quantity if it is right.
    example : astropy.units.Quantity
        A good value, for its unit and for the message.
    zero : bool
        Accept 0.
    scalar : bool
        Accept one value only.

    Returns
    -------
    astropy.units.Quantity
        The value in the unit of the example.

    Raises
    ------
    ValueError
        If it is of another physical type, negative, not finite, an array where one value is
        needed, or 0 where that is not accepted.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet._quantities import checked_quantity
    >>> checked_quantity("drop", 40 * u.mas, 0.0396 * u.arcsec)
    <Quantity 0.04 arcsec>
    >>> checked_quantity("drop", 0.04, 0.0396 * u.arcsec)
    Traceback (most recent call last):
        ...
    ValueError: drop = 0.04 is not an angle: pass a Quantity, such as 0.0396 arcsec
    """
    try:
        quantity = u.Quantity(value).to(example.unit)  # pyright: ignore[reportArgumentType]
    except (u.UnitConversionError, TypeError) as error:
        kind = str(u.get_physical_type(example))
        article = "an" if kind[0] in "aeiou" else "a"
        raise ValueError(
            f"{name} = {value} is not {article} {kind}: pass a Quantity, such as {example}"
        ) from error
    least = quantity.value >= 0 if zero else quantity.value > 0
    if not np.all(np.isfinite(quantity.value) & least) or (scalar and not quantity.isscalar):
        number = "one value" if scalar else "values"
        raise ValueError(
            f"{name} = {value}: pass {number}, finite and {'0 or more' if zero else 'positive'}"
        )
    return quantity
