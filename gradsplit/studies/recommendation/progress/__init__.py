"""What a recommendation is at, noted while it runs and read by `status`."""
