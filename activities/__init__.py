"""Steps that touch the world, one small module per capability."""
