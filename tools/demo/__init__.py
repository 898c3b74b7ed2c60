"""The demonstration: a whole ChainFaaS on this machine, called and paid for real."""
