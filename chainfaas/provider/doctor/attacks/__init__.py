"""The attacks themselves, in one table that is read from several files."""
