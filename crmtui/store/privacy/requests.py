"""What a person may ask of whoever keeps data about them: to be found, given them, and erased."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from crmtui.store.access import Actor
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.errors import CrmError
from crmtui.store.journal import Journal
from crmtui.store.privacy.contents import remove_contents
from crmtui.store.privacy.erasing import Erased, Erasure
from crmtui.store.privacy.exporting import Export, exported
from crmtui.store.privacy.finding import Search
from crmtui.store.privacy.occurrences import Occurrence, occurrences
from crmtui.store.privacy.remembering import Memory, Remembered

Intent = Callable[..., AbstractContextManager[None]]


class Outcome(NamedTuple):
    """What came of an erasure: what was erased, and whether no trace is left in the files.

    Args:
        act: its number in the journal; None when there was nothing to erase, and of a dry run.
        problem: what stood against removing the last traces; None when nothing did, or when
            somebody was still reading what there was.
    """

    erased: Erased
    act: int | None
    finished: bool
    problem: CrmError | None


class Requests:
    """Answers them; for administrators, of which the front door has made sure.

    Args:
        intent: opens an act of the workspace.
        acting: gives the actor and the journal of the act under way.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        intent: Intent,
        acting: Callable[[], tuple[Actor, Journal]],
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._intent = intent
        self._acting = acting
        self._memory = Memory(database)

    def find(self, texts: Sequence[str], besides: Sequence[str] = ()) -> list[Occurrence]:
        """Everything that names a person; that it was looked for is remembered.

        Args:
            texts: names, addresses and numbers of theirs, and references of records of theirs.
            besides: references of records that are somebody else's, whatever they say.
        """
        with self._intent(command="privacy find"):
            found = list(occurrences(self._search(texts, besides)))
            counts: dict[str, int] = {}
            for each in found:
                counts[each.place] = counts.get(each.place, 0) + 1
            self._remember("find", texts, counts)
        return found

    def export(
        self, texts: Sequence[str], besides: Sequence[str] = (), *, content: bool = True
    ) -> Export:
        """All that is kept about a person, for machines. Arguments as of `find`.

        Args:
            content: whether files come with their content.

        Raises:
            Refused: what was given may be said of several persons.
        """
        with self._intent(command="privacy export"):
            search = self._search(texts, besides)
            search.refuse_several()
            actor, _journal = self._acting()
            found = exported(search, list(texts), actor.key, content=content)
            self._remember("export", texts, found.counts)
        return found

    def erase(
        self, texts: Sequence[str], besides: Sequence[str] = (), *, dry_run: bool = False
    ) -> Outcome:
        """Erase what is kept about a person, for good. Arguments as of `find`.

        Raises:
            Refused: what was given may be said of several persons.
        """
        with self._intent(command="privacy erase", dry_run=dry_run):
            search = self._search(texts, besides)
            actor, journal = self._acting()
            done = Erasure(search, journal, actor.id).carry_out()
            act = None if done.nothing else journal.act()
            if act is not None:
                self._memory.write(actor, "erase", texts, done.counts, act, done.contents)
        if dry_run or act is None:
            return Outcome(done, None, True, None)
        try:
            return Outcome(done, act, self.finish() == 0, None)
        except CrmError as problem:
            return Outcome(done, act, False, problem)

    def finish(self) -> int:
        """Remove what erasures have left in unused space and in files; how many are unfinished.

        Raises:
            CrmError: there is no room for it, or others are writing.
        """
        unfinished = self._memory.unfinished()
        if not unfinished:
            return 0
        contents = [sha256 for _, hashes in unfinished for sha256 in hashes]
        with self._intent(command="privacy finish"):
            remove_contents(self._database, self._catalog, contents)
        if not self._database.compact():
            return len(unfinished)
        with self._intent(command="privacy finish"):
            self._memory.finish([number for number, _ in unfinished])
        return 0

    def log(self, text: str | None = None) -> Iterator[Remembered]:
        """What was asked and erased, newest first.

        Args:
            text: only about whom this was looked for.
        """
        return self._memory.rows(text)

    def _search(self, texts: Sequence[str], besides: Sequence[str]) -> Search:
        return Search(self._database, self._catalog, texts, besides)

    def _remember(self, action: str, texts: Sequence[str], counts: dict[str, int]) -> None:
        self._memory.write(self._acting()[0], action, texts, counts)
