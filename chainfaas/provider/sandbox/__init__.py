"""Running functions apart from this machine: one interface, Docker behind it, and a twin for tests."""
