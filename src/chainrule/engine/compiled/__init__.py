"""The hot loops in C and how they are loaded; each has a plain form elsewhere."""
