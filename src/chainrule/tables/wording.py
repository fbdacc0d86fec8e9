"""How names of a stranger's columns stand in sentences."""

# Characters of a name that a sentence has room for.
LONGEST_NAME = 60


def shown(name: object, most: int = LONGEST_NAME) -> str:
    """Return a name as a sentence has room for it: on one line, its end left out where it is long.

    >>> shown("a name of many words", 12)
    'a name of ma...'
    """
    line = "".join(letter if letter.isprintable() else " " for letter in str(name))
    return line if len(line) <= most else f"{line[:most]}..."
