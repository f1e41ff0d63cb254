"""The configuration as a document: `export` writes it, `diff` compares it, `apply` brings it about.

A document is a mapping: `categories` by key, and `types` by key, each with its fields (and their
options), stages (and their statuses) and validations, in order. What it does not mention stays as
it is, unless it is pruned.
"""

from crmtui.store.spec.comparing import changes
from crmtui.store.spec.merging import merged
from crmtui.store.spec.placing import in_file, in_folder, refuse_different
from crmtui.store.spec.reading import HEAD, MAX_BYTES, read
from crmtui.store.spec.schema import schema
from crmtui.store.spec.writing import above, document, write

__all__ = [
    "HEAD",
    "MAX_BYTES",
    "above",
    "changes",
    "document",
    "in_file",
    "in_folder",
    "merged",
    "read",
    "refuse_different",
    "schema",
    "write",
]
