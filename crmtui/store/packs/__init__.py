"""Packs: ready-made business types, installed, upgraded and removed without losing what users did.

`files` reads packs, `installing` is the engine; `names`, `memory`, `scene` and `merging` are how
it tells what the pack says now from what it said before and from what users made of it.
"""
