"""Columns in, columns out: `adiff EXPR --data FILE`, part by part."""
