"""The whole flow once, on data that needs no download."""
