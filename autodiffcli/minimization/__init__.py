"""Minima: objectives, and the methods that find them."""
