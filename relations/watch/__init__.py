"""What defines a training: the user's own code, its values and files, as digests by name."""
