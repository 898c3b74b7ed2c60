"""The controller's database: its tables, how it is opened, and how it is brought up to date."""
