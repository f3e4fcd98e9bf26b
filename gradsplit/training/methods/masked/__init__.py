"""Methods in which a mask says which task's loss trains what."""
