"""What the provider learns from its own node and takes from nobody else: versions, keys, offers, payments."""
