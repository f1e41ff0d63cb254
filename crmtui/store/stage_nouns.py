"""What stages and statuses do besides their rows: records to move, to rename and to settle."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import CLOSED, OPEN, Definition, Stage, Status, Type
from crmtui.model.message import N_
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.database import quoted
from crmtui.store.errors import Misused, Refused
from crmtui.store.permission_names import PermissionNames
from crmtui.store.process import relocate, target_status
from crmtui.store.references import References
from crmtui.store.rules import refuse_broken


class StageBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return place.of_type.all_stages

    def parent_columns(self, place: Place) -> dict[str, Any]:
        return {"type_id": place.of_type.id}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        row = self.laid_out(place.of_type, row, place.key)
        return _categorised(row, OPEN, f"{place.of_type.key}.{place.key}")

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        if not values.get("bare"):
            first = first_status_of(row["category"], row.get("outcome"))
            self.database.insert(
                "crm_status",
                first
                | {
                    "skeleton": first["key"],
                    "position": 1,
                    "type_id": row["type_id"],
                    "stage_id": row["id"],
                    "stage": place.key,
                },
            )
            self.settle(place)
        self.tables.touch(place.of_type.key)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        stage = place.definition
        assert isinstance(stage, Stage)
        columns = self.laid_out(place.of_type, columns, stage.key)
        return _recategorised(
            columns, stage.category, stage.outcome, f"{place.of_type.key}.{stage.key}"
        )

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        names = ("category", "outcome")
        changed: dict[str, Any] = {name: after[name] for name in names if name in after}
        for status in stage.statuses:
            # A status that said nothing else than its stage goes with it.
            if changed and (status.category, status.outcome) == (stage.category, stage.outcome):
                self.database.update("crm_status", status.id, changed)

    def before_rename(self, place: Place, key: str) -> None:
        _rename_in_expressions(self, place, "stage", key)

    def after_rename(self, place: Place, key: str) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        _rename_in_records(self, place.of_type, stage.statuses, "stage", key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        _empty(
            self,
            place.of_type,
            stage.statuses,
            f"{place.of_type.key}.{stage.key}",
            "stage",
            move_to,
        )

    def after_visibility(self, place: Place) -> None:
        self.settle(place)

    def before_purge(self, place: Place) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        for status in stage.statuses:
            _bury(self, place.of_type, status)
        PermissionNames(self.database, self.catalog).stage_purged(place.of_type, stage.key)
        self.tables.touch(place.of_type.key)


def first_status_of(category: str, outcome: str | None) -> dict[str, Any]:
    """The status that a new stage gets when it is given none."""
    closing = category == CLOSED
    return {
        "key": "closed" if closing else "open",
        "label": "Closed" if closing else "Open",
        "label_zh": "已关闭" if closing else "进行中",
        "category": category,
        "outcome": outcome,
    }


class StatusBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        assert isinstance(place.parent, Stage)
        return place.parent.statuses

    def parent_columns(self, place: Place) -> dict[str, Any]:
        assert place.parent is not None
        return {"type_id": place.of_type.id, "stage_id": place.parent.id, "stage": place.parent.key}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        stage = place.parent
        assert isinstance(stage, Stage)
        if not row.get("category") and not row.get("outcome"):
            row["outcome"] = stage.outcome
        return _categorised(row, stage.category, f"{place.of_type.key}.{stage.key}.{place.key}")

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self.settle(place)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        status = place.definition
        assert isinstance(status, Status)
        ref = f"{place.of_type.key}.{status.ref}"
        return _recategorised(columns, status.category, status.outcome, ref)

    def before_rename(self, place: Place, key: str) -> None:
        _rename_in_expressions(self, place, "status", key)

    def after_rename(self, place: Place, key: str) -> None:
        status = place.definition
        assert isinstance(status, Status)
        # The engine has renamed the row already; records are held to it by a foreign key.
        _rename_in_records(self, place.of_type, (status,), "status", key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        status = place.definition
        assert isinstance(status, Status) and isinstance(place.parent, Stage)
        ref = f"{place.of_type.key}.{status.ref}"
        if len(place.parent.live_statuses) == 1 and not place.parent.retired:
            raise Refused(
                "last-status",
                N_("{ref} is the last status of its stage"),
                f"crmtui stage remove {place.of_type.key}.{place.parent.key}",
                ref=ref,
            )
        _empty(self, place.of_type, (status,), ref, "status", move_to)

    def after_visibility(self, place: Place) -> None:
        self.settle(place)

    def before_purge(self, place: Place) -> None:
        status = place.definition
        assert isinstance(status, Status)
        _bury(self, place.of_type, status)
        PermissionNames(self.database, self.catalog).stage_purged(place.of_type, status.ref)


def _categorised(row: dict[str, Any], inherited: str, ref: str) -> dict[str, Any]:
    if not row.get("category"):
        row["category"] = CLOSED if row.get("outcome") else inherited
    _check_outcome(row["category"], row.get("outcome"), ref)
    return row


def _recategorised(
    columns: dict[str, Any], category: str, outcome: str | None, ref: str
) -> dict[str, Any]:
    if columns.get("outcome") and "category" not in columns:
        columns["category"] = CLOSED
    if columns.get("category") not in (None, CLOSED) and "outcome" not in columns:
        columns["outcome"] = None
    if "category" in columns and columns["category"] is None:
        columns["category"] = category
    _check_outcome(columns.get("category", category), columns.get("outcome", outcome), ref)
    return columns


def _check_outcome(category: str, outcome: str | None, ref: str) -> None:
    if outcome and category != CLOSED:
        raise Misused("open-outcome", N_("{ref}: only what is closed has an outcome"), ref=ref)


def _rename_in_expressions(behaviour: Behaviour, place: Place, column: str, key: str) -> None:
    """Rewrite what compares `stage` or `status` with the old key, or names it."""
    references = References(behaviour.database, behaviour.catalog)
    references.value_renamed(
        place.of_type,
        frozenset({column}),
        place.definition.key,
        key,
        f"{place.of_type.key}.{place.definition.key}",
    )
    stage = f"{place.definition.stage}." if isinstance(place.definition, Status) else ""
    PermissionNames(behaviour.database, behaviour.catalog).stage_renamed(
        place.of_type, f"{stage}{place.definition.key}", f"{stage}{key}"
    )


def _rename_in_records(
    behaviour: Behaviour, type_: Type, statuses: Sequence[Status], column: str, key: str
) -> None:
    """Carry a new stage or status key into the records and the status rows they are held to."""
    behaviour.tables.need(type_.key)
    database = behaviour.database
    if column == "stage" and statuses:
        # Purged statuses too: the journal still names them.
        database.execute(
            "UPDATE crm_status SET stage = ? WHERE stage_id ="
            " (SELECT stage_id FROM crm_status WHERE id = ?)",
            (key, statuses[0].id),
        )
    for status in statuses:
        database.execute(
            f"UPDATE {quoted(type_.key)} SET {column} = ? WHERE stage = ? AND status = ?",
            (key, status.stage, status.key),
        )


def _empty(
    behaviour: Behaviour,
    type_: Type,
    statuses: Sequence[Status],
    ref: str,
    noun: str,
    move_to: str | None,
) -> None:
    """Move the records of some statuses elsewhere, or refuse when there are any and no place."""
    behaviour.tables.need(type_.key)
    wheres = " OR ".join("(stage = ? AND status = ?)" for _ in statuses) or "0"
    pairs = [part for status in statuses for part in (status.stage, status.key)]
    count = behaviour.database.scalar(
        f"SELECT count(*) FROM {quoted(type_.key)} WHERE {wheres}", pairs
    )
    if not count:
        return
    if not move_to:
        raise Refused(
            "holds-records",
            N_("{ref} holds {count} records; say where they go"),
            f"crmtui {noun} remove {ref} --move-to STAGE",
            ref=ref,
            count=count,
        )
    target = target_status(type_, move_to)
    if any(target.id == status.id for status in statuses):
        raise Refused("same-place", N_("the records of {ref} cannot stay where they are"), ref=ref)
    for status in statuses:
        relocate(behaviour.database, behaviour.journal, behaviour.actor_id, type_, status, target)
    refuse_broken(
        behaviour.database,
        behaviour.catalog,
        type_,
        behaviour.actor_id,
        frozenset({"stage", "status"}),
        ("r.stage = ? AND r.status_since = ?", (target.stage, behaviour.journal.at)),
    )


def _bury(behaviour: Behaviour, type_: Type, status: Status) -> None:
    """Make the row of a purged status a tombstone; its records were moved when it was retired."""
    behaviour.tables.need(type_.key)
    if behaviour.database.scalar(
        f"SELECT count(*) FROM {quoted(type_.key)} WHERE stage = ? AND status = ?",
        (status.stage, status.key),
    ):
        raise Refused(
            "holds-records", N_("{ref} still holds records"), ref=f"{type_.key}.{status.ref}"
        )
    behaviour.database.update(
        "crm_status",
        status.id,
        {"key": f"{status.key}#{status.id}", "skeleton": None, "purged_at": behaviour.journal.at},
    )
