"""The analytic teacher: what a portrait looks like when its face moves."""
