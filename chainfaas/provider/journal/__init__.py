"""What the provider must not forget: one record a job for ever, its claims, and how far its node was read."""
