"""Numbers with as many digits as they bear, and never so few that they seem perfect."""

# A float of 64 bits has no more.
MOST_PLACES = 15


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals, or with more where these would make a 0 or 1 of what is not quite that.

    >>> fixed(0.98765, 3), fixed(1.0, 4), fixed(0.99998, 4), fixed(-0.00001, 3)
    ('0.988', '1.0000', '0.99998', '-0.00001')
    """
    text = f"{value:.{places}f}"
    while places < MOST_PLACES and abs(float(text)) in (0.0, 1.0) and float(text) != value:
        places += 1
        text = f"{value:.{places}f}"
    return text
