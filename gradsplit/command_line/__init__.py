"""How the words of a command line are read and its help is written."""
