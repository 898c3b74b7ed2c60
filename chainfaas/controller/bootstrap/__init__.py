"""Builds a controller out of its settings."""
