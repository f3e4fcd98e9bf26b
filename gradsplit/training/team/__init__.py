"""Several processes that train one run together, each on its part of every batch."""
