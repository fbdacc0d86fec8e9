"""What every part of the package may use: arguments checked, numbers and names formatted, files written whole."""
