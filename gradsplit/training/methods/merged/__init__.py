"""Methods that train branches from a common point and merge them."""
