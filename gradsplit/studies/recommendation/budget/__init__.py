"""How many trainings a recommendation may make, and what they and their networks cost."""
