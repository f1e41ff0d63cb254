"""Widgets that draw their own lines, and the controls of forms."""
