"""The reference's networks in PyTorch, with the canonical tensor names as the keys of their state dicts."""
