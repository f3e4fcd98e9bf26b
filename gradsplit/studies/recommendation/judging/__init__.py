"""The few that are left, judged on fresh seeds, and the answer in words."""
