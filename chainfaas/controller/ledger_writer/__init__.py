"""What of the jobs goes to the chain, and when: batches, promises, openings, settlements, expiries."""
