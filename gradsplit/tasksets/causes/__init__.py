"""Task sets in which one task harms another for one known reason."""
