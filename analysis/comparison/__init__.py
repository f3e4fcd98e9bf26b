"""Methods compared: paired statistics, tables, scores read from files."""
