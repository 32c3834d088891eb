"""The settings page: what a person can choose about the pages; and the list of shortcuts."""
