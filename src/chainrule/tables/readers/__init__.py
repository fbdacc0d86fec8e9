"""Readers of tables: what a file holds, opened, decoded and turned into columns; and writers of them."""
