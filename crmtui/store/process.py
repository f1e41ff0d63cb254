"""Stages and statuses: where a record may stand, and how records get there."""

from collections.abc import Mapping
from functools import lru_cache

from crmtui.model.definitions import Status, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_
from crmtui.store.database import Database, quoted
from crmtui.store.errors import NotFound, Refused
from crmtui.store.journal import Journal
from crmtui.store.tables import Tables


def target_status(type_: Type, target: str) -> Status:
    """The status that `stage`, `stage.status` or a label of either names, in any letter case.

    A stage alone means its first status.

    Raises:
        NotFound: there is no such stage or status in use.
    """
    if not type_.stages:
        raise Refused(
            "no-stages",
            N_("{type} has no stages"),
            f"crmtui stage add {type_.key} KEY",
            type=type_.key,
        )
    known = status_words(type_)
    found = known.get(normal_key(target).casefold())
    if found:
        return found
    names = [stage.key for stage in type_.stages]
    meant = closest(
        target, [*names, *(s.ref for stage in type_.stages for s in stage.live_statuses)]
    )
    if meant:
        raise NotFound(
            "no-such-stage",
            N_("{type} has no stage {stage}; did you mean {meant}?"),
            type=type_.key,
            stage=target,
            meant=meant,
            stages=names,
        )
    raise NotFound(
        "no-such-stage",
        N_("{type} has no stage {stage}; it has {stages}"),
        f"crmtui stage list {type_.key}",
        type=type_.key,
        stage=target,
        stages=names,
    )


@lru_cache(maxsize=32)
def status_words(type_: Type) -> Mapping[str, Status]:
    """Everything people may call a status of a type, case folded: keys, labels, `stage.status`.

    Keys win over labels, and an earlier stage over a later one.
    """
    words: dict[str, Status] = {}
    for stage in type_.stages:
        for status in stage.live_statuses:
            words[status.ref.casefold()] = status
    for stage in type_.stages:
        for status in stage.live_statuses:
            for name in (stage.label, stage.label_zh, stage.key):
                for word in (status.label, status.label_zh, status.key):
                    if name and word:
                        words.setdefault(f"{name}.{word}".casefold(), status)
    for keys_only in (True, False):
        for stage in type_.stages:
            if not stage.live_statuses:
                continue
            for name in (stage.key,) if keys_only else (stage.label, stage.label_zh):
                if name:
                    words.setdefault(name.casefold(), stage.live_statuses[0])
    return words


def written_place(type_: Type, status: Status) -> str:
    """A status as people write it: a stage alone means its first one."""
    stage = type_.stage_by_key[status.stage]
    first = stage.live_statuses[0] if stage.live_statuses else None
    return stage.key if first is not None and first.key == status.key else status.ref


def first_status(type_: Type) -> Status | None:
    """Where a new record stands when nobody says where; None for a type without stages."""
    for stage in type_.stages:
        if stage.live_statuses:
            return stage.live_statuses[0]
    return None


def available_moves(type_: Type, stage: str | None, status: str | None) -> list[Status]:
    """The statuses a record at (stage, status) may move to, in the order of the process."""
    return [
        found
        for each in type_.stages
        for found in each.live_statuses
        if (found.stage, found.key) != (stage, status)
    ]


def relocate(
    database: Database, journal: Journal, actor_id: int, type_: Type, source: Status, target: Status
) -> None:
    """Move every record of one status to another, removed records too, and journal each."""
    table = quoted(type_.key)
    database.execute(
        "INSERT INTO crm_journal (act_id, type_id, record_id, op, status_before, status_after)"
        f" SELECT ?, ?, id, 'move', ?, ? FROM {table} WHERE stage = ? AND status = ? ORDER BY id",
        (journal.act(), type_.id, source.id, target.id, source.stage, source.key),
    )
    database.execute(
        f"UPDATE {table} SET stage = ?, status = ?, status_since = ?, updated_at = ?,"
        " updated_by = ?, revision = revision + 1 WHERE stage = ? AND status = ?",
        (target.stage, target.key, journal.at, journal.at, actor_id, source.stage, source.key),
    )


def settle_into_first_stage(
    database: Database, tables: Tables, journal: Journal, type_: Type
) -> None:
    """Give the records of a type that had nowhere to stand its first status."""
    status = first_status(type_)
    if status is None or sum(1 for stage in type_.stages if stage.live_statuses) > 1:
        return
    if tables.unmade(type_.key):
        return
    table = quoted(type_.key)
    if database.scalar(f"SELECT 1 FROM {table} WHERE stage IS NULL LIMIT 1") is None:
        return
    database.execute(
        "INSERT INTO crm_journal (act_id, type_id, record_id, op, status_after)"
        f" SELECT ?, ?, id, 'move', ? FROM {table} WHERE stage IS NULL ORDER BY id",
        (journal.act(), type_.id, status.id),
    )
    database.execute(
        f"UPDATE {table} SET stage = ?, status = ?, status_since = ?, revision = revision + 1"
        " WHERE stage IS NULL",
        (status.stage, status.key, journal.at),
    )


def unsettle(database: Database, journal: Journal, type_: Type, record_id: int) -> None:
    """Let a record stand nowhere again, as before its type had a stage."""
    row = database.execute(
        f"SELECT stage, status FROM {quoted(type_.key)} WHERE id = ?", (record_id,)
    ).fetchone()
    status = type_.status(*row) if row and row[0] else None
    if status is None:
        return
    database.execute(
        f"UPDATE {quoted(type_.key)} SET stage = NULL, status = NULL, status_since = NULL,"
        " revision = revision + 1 WHERE id = ?",
        (record_id,),
    )
    journal.write("move", type_.id, record_id, None, status.id, None)
