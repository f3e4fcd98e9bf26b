"""One file a command: read options, one call, print. The file's name is the command's."""
