"""How connections become requests, so that nobody who is slow holds a thread."""
