"""Applying a document: its changes, what they do to records, and what they would overwrite."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.configuration import Configuration
from crmtui.store.database import Database
from crmtui.store.drift import Drift, LastApply
from crmtui.store.effects import Effect, Effects
from crmtui.store.errors import Conflict, Refused
from crmtui.store.tables import Tables


class Applied(NamedTuple):
    """Changes that were made, what each did to records, and what it undid of others' changes."""

    changes: list[Change]
    effects: list[Effect]
    drift: list[Drift]


class Applying:
    """Applies documents inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        configuration: Configuration,
        actor: str,
    ) -> None:
        self._database = database
        self._effects = Effects(database, catalog, tables, configuration, actor)

    def apply(
        self,
        document: Mapping[str, Any],
        planned: Sequence[Change],
        *,
        pruned: bool,
        allow_data_loss: bool,
        overwrite: bool,
    ) -> Applied:
        """Make the configuration what a document says.

        Args:
            planned: the changes that do it.
            pruned: whether the document speaks of everything that it states, by leaving things out.

        Raises:
            Conflict: `changed-elsewhere`: it would undo what was changed since the last time.
            Refused: `data-loss`: values would be lost sight of.
            CrmError: a change makes no sense, or data stands against it.
        """
        last = LastApply(self._database)
        made, effects = self._effects.of(planned)
        drift = last.drift(made)
        if drift and not overwrite:
            raise _changed_elsewhere(drift)
        losses = [effect for effect in effects if effect.loss]
        if losses and not allow_data_loss:
            raise _data_loss(losses)
        last.remember(document, pruned=pruned, changed=bool(made))
        return Applied(made, effects, drift)


def _changed_elsewhere(drift: list[Drift]) -> Conflict:
    return Conflict(
        "changed-elsewhere",
        N_("{what}, and {more} more changes; look at them with diff")
        if len(drift) > 1
        else N_("{what}; look at it with diff"),
        "crmtui apply --overwrite ...",
        what=drift[0].message,
        more=len(drift) - 1,
    )


def _data_loss(losses: list[Effect]) -> Refused:
    worst = max(losses, key=lambda effect: effect.count)
    return Refused(
        "data-loss",
        N_("{effect}: {examples}; and {more} more losses")
        if len(losses) > 1
        else N_("{effect}: {examples}"),
        "crmtui apply --allow-data-loss ...",
        effect=worst.message,
        examples=list(worst.examples),
        more=len(losses) - 1,
    )
