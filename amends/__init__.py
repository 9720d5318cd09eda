"""The front door: the command line, and the daemon that wires the rooms together."""
