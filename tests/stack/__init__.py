"""The stack: installing it, looking at it, removing it."""
