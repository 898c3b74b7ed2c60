"""The commands below `chainfaas provider` that need more than a few lines, a file each."""
