"""Figures that every material has: one module each, `draw(material) -> (figure, drawn numbers) or None`."""
