"""Every run, done or not, in one SQLite file: schema, claims, fingerprint, status."""
