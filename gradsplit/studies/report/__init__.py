"""One page with all that is known of a source of relations."""
