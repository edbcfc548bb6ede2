"""Values, views, fusion and plans."""
