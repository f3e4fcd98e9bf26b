"""What a recommendation keeps in its folder."""
