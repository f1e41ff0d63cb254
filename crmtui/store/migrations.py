"""The tables beside the records: definitions, people and the journal. Append-only.

A workspace made by any earlier version opens in the newest one: each function here runs once, in
order, inside the transaction that opened the workspace. Never edit one that was released.
"""

import sqlite3
from typing import Any


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the workspace of `connection` to the newest schema; a transaction is open."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations("crmtui")

    @migrations()
    def m001_definitions_people_journal(db: Any) -> None:
        # A purged definition stays as a tombstone (its key then ends in #id), so that no id is ever
        # given twice and the journal can still name what it speaks of.
        definition = {
            "id": int,
            "key": str,
            "label": str,
            "label_zh": str,
            "position": int,
            "retired_at": str,
            "purged_at": str,
        }

        def create(name: str, columns: dict[str, Any], **settings: Any) -> None:
            db[name].create(columns, pk="id", strict=True, **settings)

        create(
            "crm_user",
            {"id": int, "key": str, "uid": int, "administrator": int, "created_at": str},
            not_null={"key"},
        )
        db["crm_user"].create_index(["key"], unique=True)
        db["crm_user"].create_index(["uid"], unique=True)
        create(
            "crm_type",
            definition
            | {"skeleton": str, "description": str, "description_zh": str, "category": str},
            not_null={"key", "position"},
        )
        db["crm_type"].create_index(["key"], unique=True)
        db["crm_type"].create_index(["skeleton"], unique=True)
        create(
            "crm_field",
            definition
            | {
                "skeleton": str,
                "type_id": int,
                "kind": str,
                "help": str,
                "help_zh": str,
                "is_required": int,
                "is_unique": int,
                "is_indexed": int,
                "is_title": int,
                "default_text": str,
                "minimum": str,
                "maximum": str,
                "max_length": int,
                "pattern": str,
                "scale": int,
                "currency": str,
                "target_id": int,
            },
            not_null={"key", "position", "type_id", "kind"},
            foreign_keys=[("type_id", "crm_type", "id"), ("target_id", "crm_type", "id")],
        )
        db["crm_field"].create_index(["type_id", "key"], unique=True)
        db["crm_field"].create_index(["type_id", "skeleton"], unique=True)
        db["crm_field"].create_index(["target_id"])
        create(
            "crm_option",
            definition | {"skeleton": str, "field_id": int, "color": str},
            not_null={"key", "position", "field_id"},
            foreign_keys=[("field_id", "crm_field", "id")],
        )
        db["crm_option"].create_index(["field_id", "key"], unique=True)
        db["crm_option"].create_index(["field_id", "skeleton"], unique=True)
        create(
            "crm_stage",
            definition
            | {"skeleton": str, "type_id": int, "category": str, "outcome": str, "color": str},
            not_null={"key", "position", "type_id", "category"},
            foreign_keys=[("type_id", "crm_type", "id")],
        )
        db["crm_stage"].create_index(["type_id", "key"], unique=True)
        db["crm_stage"].create_index(["type_id", "skeleton"], unique=True)
        # `stage` repeats the stage's key so that a record's (stage, status) pair can be held to
        # this table by a foreign key: the two columns of a record can then never disagree.
        create(
            "crm_status",
            definition
            | {
                "skeleton": str,
                "type_id": int,
                "stage_id": int,
                "stage": str,
                "category": str,
                "outcome": str,
            },
            not_null={"key", "position", "type_id", "stage_id", "stage", "category"},
            foreign_keys=[("type_id", "crm_type", "id"), ("stage_id", "crm_stage", "id")],
        )
        db["crm_status"].create_index(["type_id", "stage", "key"], unique=True)
        db["crm_status"].create_index(["stage_id", "skeleton"], unique=True)
        # One act is one intent: who, when, by which command. Its journal rows say what changed.
        create(
            "crm_act",
            {"id": int, "at": str, "actor_id": int, "command": str},
            not_null={"at", "actor_id", "command"},
            foreign_keys=[("actor_id", "crm_user", "id")],
        )
        # Fields, statuses and types stand in the journal by id, so that a rename rewrites nothing.
        create(
            "crm_journal",
            {
                "id": int,
                "act_id": int,
                "type_id": int,
                "record_id": int,
                "op": str,
                "status_before": int,
                "status_after": int,
                "changes": str,
            },
            not_null={"act_id", "op"},
            foreign_keys=[("act_id", "crm_act", "id")],
        )
        db["crm_journal"].create_index(["type_id", "record_id"])

    @migrations()
    def m002_more_of_types_and_fields(db: Any) -> None:
        def widen(table: str, **columns: type) -> None:
            for name, kind in columns.items():
                db[table].add_column(name, kind)

        texts = dict.fromkeys(
            "icon title_expression list_columns card_fields form_layout detail_layout".split(), str
        )
        widen("crm_type", **texts)
        texts = dict.fromkeys(
            "required_when visible_when read_only_when unique_as min_field max_field"
            " pattern_message pattern_message_zh options_of region style unit prefix reset"
            " formula result source measure condition".split(),
            str,
        )
        widen("crm_field", **texts, is_write_once=int, padding=int, max_size=int)
        db["crm_field"].create_index(["source"])
        db["crm_field"].create_index(["options_of"])
        widen("crm_act", undoes=int)
        widen("crm_option", condition=str)
        widen("crm_stage", probability=int, form_layout=str, detail_layout=str)
        definition = {
            "id": int,
            "key": str,
            "label": str,
            "label_zh": str,
            "position": int,
            "retired_at": str,
            "purged_at": str,
            "skeleton": str,
        }
        db["crm_validation"].create(
            definition
            | {
                "type_id": int,
                "rule": str,
                "unique_fields": str,
                "message": str,
                "message_zh": str,
            },
            pk="id",
            strict=True,
            not_null={"key", "position", "type_id"},
            foreign_keys=[("type_id", "crm_type", "id")],
        )
        db["crm_validation"].create_index(["type_id", "key"], unique=True)
        db["crm_validation"].create_index(["type_id", "skeleton"], unique=True)
        db["crm_category"].create(
            definition | {"parent": str, "description": str, "color": str},
            pk="id",
            strict=True,
            not_null={"key", "position"},
        )
        db["crm_category"].create_index(["key"], unique=True)
        db["crm_category"].create_index(["skeleton"], unique=True)
        # The last automatic number of a field, by period (a year, a month, or none).
        db["crm_counter"].create(
            {"id": int, "field_id": int, "period": str, "last": int},
            pk="id",
            strict=True,
            not_null={"field_id", "period", "last"},
            foreign_keys=[("field_id", "crm_field", "id")],
        )
        db["crm_counter"].create_index(["field_id", "period"], unique=True)
        # A pack as it was installed, so that an upgrade can tell what its users changed since.
        db["crm_pack"].create(
            definition | {"version": str, "document": str, "made": str},
            pk="id",
            strict=True,
            not_null={"key", "position", "version", "document", "made"},
        )
        db["crm_pack"].create_index(["key"], unique=True)
        db["crm_pack"].create_index(["skeleton"], unique=True)
        db["crm_setting"].create(
            {"id": int, "key": str, "value": str}, pk="id", strict=True, not_null={"key"}
        )
        db["crm_setting"].create_index(["key"], unique=True)
        _categories_of_types(db)

    @migrations()
    def m003_people_and_permissions(db: Any) -> None:
        definition = {
            "id": int,
            "key": str,
            "label": str,
            "label_zh": str,
            "position": int,
            "retired_at": str,
            "purged_at": str,
            "skeleton": str,
        }

        def create(name: str, columns: dict[str, Any], **settings: Any) -> None:
            db[name].create(columns, pk="id", strict=True, **settings)

        def define(name: str, **columns: type) -> None:
            create(name, definition | columns, not_null={"key", "position"})
            db[name].create_index(["key"], unique=True)
            db[name].create_index(["skeleton"], unique=True)

        define("crm_team", parent=str, manager=str, description=str)
        define("crm_role", description=str, is_impersonate=int)
        operations = "read create update delete move assign share export import history report"
        may = [f"may_{operation}" for operation in [*operations.split(), "configure"]]
        texts = "denied fields stages form_layout detail_layout list_columns card_fields".split()
        create(
            "crm_permission",
            definition
            | {"role_id": int}
            | dict.fromkeys([*may, *texts], str)
            | {"is_unlisted": int},
            not_null={"key", "position", "role_id"},
            foreign_keys=[("role_id", "crm_role", "id")],
        )
        db["crm_permission"].create_index(["role_id", "key"], unique=True)
        for name in "label label_zh retired_at purged_at skeleton roles teams email".split():
            db["crm_user"].add_column(name, str)
        db["crm_user"].add_column("position", int)
        db["crm_type"].add_column("owner", str)
        db["crm_field"].add_column("is_personal", int)
        # The key of an SSH user: its public part, as it stands in a line of authorized_keys.
        create(
            "crm_key",
            {
                "id": int,
                "user_id": int,
                "fingerprint": str,
                "algorithm": str,
                "public": str,
                "comment": str,
                "created_at": str,
                "created_by": int,
                "revoked_at": str,
            },
            not_null={"user_id", "fingerprint", "algorithm", "public", "created_at"},
            foreign_keys=[("user_id", "crm_user", "id")],
        )
        db["crm_key"].create_index(["fingerprint"])
        # A single record that is let to a user, a team or a role besides what roles say.
        create(
            "crm_share",
            {
                "id": int,
                "type_id": int,
                "record_id": int,
                "user_id": int,
                "team_id": int,
                "role_id": int,
                "may_update": int,
                "created_at": str,
                "created_by": int,
            },
            not_null={"type_id", "record_id", "created_at"},
            foreign_keys=[
                ("type_id", "crm_type", "id"),
                ("user_id", "crm_user", "id"),
                ("team_id", "crm_team", "id"),
                ("role_id", "crm_role", "id"),
            ],
        )
        db["crm_share"].create_index(["type_id", "record_id"])
        # What was refused; it stands beside the journal, since it changed nothing.
        create(
            "crm_refusal",
            {
                "id": int,
                "at": str,
                "actor_id": int,
                "impersonator_id": int,
                "command": str,
                "action": str,
                "type_id": int,
                "record_id": int,
                "what": str,
                "reason": str,
            },
            not_null={"at", "command", "action"},
        )
        # Who looked for, exported or erased what is kept about a person; not who that was.
        create(
            "crm_privacy",
            {
                "id": int,
                "at": str,
                "actor_id": int,
                "impersonator_id": int,
                "action": str,
                "subject": str,
                "counts": str,
                "act_id": int,
                "contents": str,
                "finished_at": str,
            },
            not_null={"at", "actor_id", "action", "subject", "counts"},
            foreign_keys=[("actor_id", "crm_user", "id"), ("act_id", "crm_act", "id")],
        )
        db["crm_act"].add_column("impersonator_id", int)
        _people_of_before(db)

    migrations.apply(Database(connection, execute_plugins=False))


def _people_of_before(db: Any) -> None:
    """Who worked with the workspace before there were roles goes on doing so, by a role."""
    from crmtui.model.keys import skeleton

    users = db.execute("SELECT id, key, administrator FROM crm_user ORDER BY id").fetchall()
    others = [user_id for user_id, _key, administrator in users if not administrator]
    for position, (user_id, key, _administrator) in enumerate(users, 1):
        db["crm_user"].update(user_id, {"position": position, "skeleton": skeleton(key)})
    if not others:
        return
    role = {"key": "member", "skeleton": skeleton("member"), "position": 1}
    role_id = db["crm_role"].insert(role | {"label": "Member", "label_zh": "成员"}).last_pk
    operations = "read create update delete move assign export import history report"
    may = {f"may_{operation}": "all" for operation in operations.split()}
    permission = {"key": "*", "skeleton": "*", "position": 1, "role_id": role_id}
    db["crm_permission"].insert(permission | may)
    for user_id in others:
        db["crm_user"].update(user_id, {"roles": "member"})


def _categories_of_types(db: Any) -> None:
    """What types were listed under becomes categories; a text that is no key becomes a label."""
    from crmtui.model.keys import key_problem, normal_key, skeleton

    taken: set[str] = set()
    types = db.execute("SELECT id, category FROM crm_type WHERE category IS NOT NULL").fetchall()
    for position, text in enumerate(sorted({text for _, text in types}), 1):
        key = normal_key(text)
        if key_problem(key, column=False) or skeleton(key) in taken:
            key = f"category_{position}"
        while skeleton(key) in taken:
            key += "_"
        taken.add(skeleton(key))
        label = text if key != text else None
        db["crm_category"].insert(
            {"key": key, "skeleton": skeleton(key), "label": label, "position": position}
        )
        # By id: one text may read like the key that another one was given.
        ids = [type_id for type_id, category in types if category == text]
        for type_id in ids:
            db.execute("UPDATE crm_type SET category = ? WHERE id = ?", (key, type_id))
