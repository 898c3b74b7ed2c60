"""All that speaks JSON-RPC, and the local proof-of-authority network."""
