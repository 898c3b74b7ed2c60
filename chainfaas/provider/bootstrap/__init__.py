"""Where a provider is put together; the command line reaches the rest through here alone."""
