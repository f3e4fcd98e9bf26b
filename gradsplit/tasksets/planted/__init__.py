"""Task sets whose relations are known in closed form."""
