"""Runs on their way: what is missing, how far it is, how it ends early and goes on."""
