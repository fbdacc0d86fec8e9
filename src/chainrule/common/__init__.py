"""What every part of the package may use: arguments told in words, files written whole, numbers rounded."""
