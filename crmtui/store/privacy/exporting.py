"""All that is kept about one person, for machines: what they may ask to be given."""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from crmtui.store.attachments import Attachments
from crmtui.store.errors import CrmError
from crmtui.store.history import History, Sought
from crmtui.store.journal import now_text
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.privacy.contents import FileMention, files_about
from crmtui.store.privacy.finding import RecordKey, Search
from crmtui.store.privacy.occurrences import Occurrence, occurrences
from crmtui.store.query import Plan


class Export(NamedTuple):
    """What is given: a JSON object of everything but files, and the files one by one."""

    head: dict[str, Any]
    files: Iterator[dict[str, Any]]
    counts: dict[str, int]


def exported(search: Search, texts: list[str], actor: str, *, content: bool = True) -> Export:
    """Everything about whom a search is for.

    Args:
        texts: what was looked for.
        content: whether files come with their content.
    """
    history = History(search.database, search.catalog)
    records = [_record(search, key, actor) for key in search.theirs]
    past = [
        entry.json()
        for key in search.theirs
        for entry in history.entries(Sought(search.types[key[0]], key[1]), machine=True)
    ]
    found = list(occurrences(search))
    own = {search.ref(key) for key in search.theirs}
    elsewhere = [_place(each) for each in found if each.place not in ("record", "file", "link")]
    elsewhere = [each for each in elsewhere if each["place"] != "history" or each["ref"] not in own]
    files = files_about(search)
    head = {
        "subject": texts,
        "exported_at": now_text(),
        "records": records,
        "history": past,
        "mentions": elsewhere,
        "linked": [_place(each) for each in found if each.place == "link"],
    }
    counts = {
        "records": len(records),
        "mentions": len(elsewhere),
        "files": len(files),
        "entries": len(past),
    }
    return Export(head, (_file(search, file, content) for file in files), counts)


def _place(each: Occurrence) -> dict[str, Any]:
    return {"place": each.place, "ref": each.ref, "field": each.field, "text": each.text}


def _record(search: Search, key: RecordKey, actor: str) -> dict[str, Any]:
    type_ = search.types[key[0]]
    system = ["created_at", "created_by", "updated_at", "updated_by", "removed_at"]
    staged = ["stage", "status"] if type_.all_stages else []
    fields = [field.key for field in type_.fields]
    plan = Plan(
        search.database, search.catalog, type_, Reading(), actor, ["ref", *staged, *fields, *system]
    )
    record = plan.one(key[1])
    assert record is not None
    retired = [field for field in search.personal(key) if field.retired and not field.target]
    return record.json() | {
        field.key: KINDS[field.kind].json(value, field)
        for field, value in search.kept(key, retired).items()
    }


def _file(search: Search, file: FileMention, content: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "ref": file.ref,
        "field": file.field.key,
        "name": file.name,
        "sha256": file.sha256,
    }
    if not content:
        return said
    try:
        attachment = Attachments(search.database).opened(file.value)
    except CrmError as problem:
        return said | {"error": problem.code}
    with attachment.stream as stream:
        return said | {
            "size": attachment.size,
            "content": base64.b64encode(stream.read()).decode(),
        }
