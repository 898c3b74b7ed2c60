"""The commands, one file each; `chainfaas.cli.command_table` lists them."""
