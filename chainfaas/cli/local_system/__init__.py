"""The whole of ChainFaaS on one machine: network, contracts, engine, registry, controller, providers."""
