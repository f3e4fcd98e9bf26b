"""Tables: read and written as CSV, aligned for the terminal."""
