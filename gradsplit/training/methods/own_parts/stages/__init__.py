"""A trunk as stages in a row: what methods need that do something behind every stage."""
