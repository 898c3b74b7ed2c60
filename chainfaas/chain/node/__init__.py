"""A local proof-of-authority network: finding a node, its genesis, its processes."""
