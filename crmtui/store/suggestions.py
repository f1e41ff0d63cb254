"""What people may mean while they type: users, and tags that other records have."""

from crmtui.store.database import Database, quoted

LOOKED_AT = 10_000
"""Records, the newest first, whose tags are looked at: a key pressed must not read a million."""


def users(database: Database, text: str, limit: int) -> list[str]:
    """The keys of users that hold `text`, in order."""
    rows = database.execute(
        "SELECT key FROM crm_user WHERE instr(lower(key), lower(?)) AND retired_at IS NULL"
        " AND purged_at IS NULL ORDER BY key LIMIT ?",
        (text, limit),
    )
    return [key for (key,) in rows]


def tags(database: Database, source: str, field_key: str, text: str, limit: int) -> list[str]:
    """Tags that hold `text`, as records have them in a field; those of most records first.

    Args:
        source: the SQL of what the records are read from.
    """
    column = f"r.{quoted(field_key)}"
    rows = database.execute(
        f"SELECT t.value FROM (SELECT {column} AS tags FROM {source} r"
        f" WHERE r.removed_at IS NULL ORDER BY r.id DESC LIMIT {LOOKED_AT}) r"
        " JOIN json_each(CASE WHEN json_valid(r.tags) THEN r.tags ELSE '[]' END) t"
        " WHERE instr(lower(t.value), lower(?))"
        " GROUP BY t.value ORDER BY count(*) DESC, t.value LIMIT ?",
        (text, limit),
    )
    return [str(value) for (value,) in rows]
