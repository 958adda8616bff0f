"""Stationary points in an interval or a box, all of them."""
