"""Portraits to learn from: drawn, photographed, made up."""
