"""Loss curves of trainings: read, and put together over seeds."""
