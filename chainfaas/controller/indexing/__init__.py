"""The chain's events as tables: a core without I/O, and around it what reads the chain and writes."""
