"""What was refused: who tried what, when, and why it was not let. It changed nothing."""

from collections.abc import Sequence

from crmtui.store.access import Actor
from crmtui.store.database import Database
from crmtui.store.errors import CrmError
from crmtui.store.guard import Refusal
from crmtui.store.journal import now_text


def note(database: Database, actor: Actor, command: str, refusals: Sequence[Refusal]) -> None:
    """Write refusals down, in a transaction of their own.

    A file that cannot be written must not turn a refusal into another error.
    """
    by = actor.impersonator
    try:
        with database.transaction():
            for refusal in refusals:
                database.insert(
                    "crm_refusal",
                    {
                        "at": now_text(),
                        "actor_id": actor.id or None,
                        "impersonator_id": by.id if by else None,
                        "command": command,
                        "action": refusal.operation,
                        "type_id": refusal.type_id,
                        "record_id": refusal.record_id,
                        "what": refusal.what[:200],
                        "reason": str(refusal.reason)[:400],
                    },
                )
    except CrmError:
        return
