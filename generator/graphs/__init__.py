"""Drawings made from numbers alone; nothing here reads a clock, a file or another drawing."""
