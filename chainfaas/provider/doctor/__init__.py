"""The provider's doctor: attacks this machine's own sandboxes in every known way and says what held."""
