"""Estimates of relations: their data and file, how they are cut, judged and used for triage."""
