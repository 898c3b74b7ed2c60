"""The contracts as typed Python, reads give domain values, writes give calls that are not sent."""
