"""The command line. It reaches controller and provider only through their bootstrap."""
