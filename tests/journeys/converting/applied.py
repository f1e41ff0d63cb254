"""A converted document brought about in a workspace of its own, and the configuration read back."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.journeys.converting.drafts import Draft


def applied(draft: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
    """Apply a document to an empty workspace.

    Returns:
        The document, and the configuration there is then; both as a document is read.
    """
    from crmtui.store import spec
    from crmtui.store.workspace import Workspace

    wanted = spec.read(json.dumps(draft.document()), "document")
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.open(str(Path(folder) / "crm.db"), create=True, command="apply") as workspace,
    ):
        workspace.apply(wanted)
        found = spec.read(spec.write(workspace.document()), "export")
        assert workspace.changes_to(wanted) == []
    return wanted, found
