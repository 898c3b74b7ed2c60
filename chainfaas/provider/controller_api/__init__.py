"""The provider's side of the provider protocol: HTTP to one controller."""
