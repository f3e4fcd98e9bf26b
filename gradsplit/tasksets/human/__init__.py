"""Human image analysis from people's own folders: attributes, re-identification, pose, parsing."""
