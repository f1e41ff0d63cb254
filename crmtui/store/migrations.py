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

    migrations.apply(Database(connection, execute_plugins=False))


def _categories_of_types(db: Any) -> None:
    """What types were listed under becomes categories; a text that is no key becomes a label."""
    from crmtui.model.keys import key_problem, normal_key, skeleton

    taken: set[str] = set()
    texts = "SELECT DISTINCT category FROM crm_type WHERE category IS NOT NULL ORDER BY 1"
    for position, (text,) in enumerate(db.execute(texts).fetchall(), 1):
        key = normal_key(text)
        if key_problem(key, column=False) or skeleton(key) in taken:
            key = f"category_{position}"
        taken.add(skeleton(key))
        label = text if key != text else None
        db["crm_category"].insert(
            {"key": key, "skeleton": skeleton(key), "label": label, "position": position}
        )
        db.execute("UPDATE crm_type SET category = ? WHERE category = ?", (key, text))
