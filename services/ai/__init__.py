"""The ai service: takes jobs and streams the model's answers."""
