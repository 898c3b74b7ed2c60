"""The container engine that sandboxes run in: one that answers, or else one of our own."""
