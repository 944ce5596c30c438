"""Trains the open checkpoint: data, teacher, networks and their export to the engine's weight files."""
