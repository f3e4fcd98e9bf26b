"""The parts of the report page: what its sections say, its markup, style and script."""
