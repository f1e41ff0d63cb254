"""The configuration of an open workspace: types, people, documents and packs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.store import access
from crmtui.store.seeing import Seeing

if TYPE_CHECKING:
    from crmtui.store.applying import Applied
    from crmtui.store.changes import Change
    from crmtui.store.configuration import Configuration
    from crmtui.store.documents import Documents
    from crmtui.store.effects import Effect
    from crmtui.store.packs.files import PackFile
    from crmtui.store.packs.installing import PackOutcome, Packs, PackState
    from crmtui.store.ssh_keys import SshKeys


PEOPLE = ("user", "team", "role", "permission")
"""The nouns that say what people may do."""


class Designing(Seeing):
    """An open workspace whose configuration is changed."""

    def configuration(self) -> "Configuration":
        """The definitions that the actor may know of, by noun; changing them is for `change`."""
        self._refresh()
        rights = self.rights
        if rights is None:
            return self._engine()
        from crmtui.store.configuration import Configuration

        return Configuration(
            self._database,
            rights.configurable,
            self._tables,
            self._journal,
            self.actor.id,
            rights.guard,
        )

    def _engine(self) -> "Configuration":
        """What applies configuration changes that the actor may make."""
        if self._configuration is None:
            from crmtui.store.configuration import Configuration

            rights = self.rights
            self._configuration = Configuration(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self.actor.id,
                rights.guard if rights else None,
            )
        return self._configuration

    def ssh_keys(self) -> "SshKeys":
        """The SSH keys of users; to give and take them, an intent to configure is under way."""
        from crmtui.store.ssh_keys import SshKeys

        rights = self.rights
        guard = rights.guard if rights else None
        return SshKeys(self._database, self._journal, self.actor, guard)

    def change(
        self, changes: Sequence["Change"], *, dry_run: bool = False, since: int | None = None
    ) -> list[bool]:
        """Apply configuration changes, all or none; says of each whether it changed anything.

        Args:
            since: the position in the journal at which the changes were thought out.

        Raises:
            Conflict: `since` was given and the configuration was changed behind it.
        """
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            if since is not None:
                self._history().refuse_configured(since)
            configuration = self._engine()
            configuration.notes = []
            done = [configuration.apply(change) for change in changes]
            self.notes = configuration.notes
            if any(change.noun in PEOPLE for change in changes):
                # It may have been about the actor, and this connection tells itself no news.
                self._seen = -1
            return done

    def change_telling(self, change: "Change") -> tuple[bool, list["Effect"]]:
        """Apply one configuration change; whether it changed anything, and what it did to records.

        An intent is under way.
        """
        configuration = self._engine()
        configuration.notes = []
        from crmtui.store.effects import Effects

        done = Effects(
            self._database, self._catalog, self._tables, configuration, self.actor.key
        ).one(change)
        self.notes = configuration.notes
        return done

    def document(self, keys: Sequence[str] = (), *, people: bool = False) -> dict[str, Any]:
        """The configuration of some types, or of all, as a document; see `store.documents`.

        That of some types has the categories that they are listed under.
        """
        types = [self._whole(key) for key in keys]
        return self._documents().document(types, people=people)

    def files(
        self,
        texts: Mapping[str, str],
        keys: Sequence[str] = (),
        folder: str | None = None,
        *,
        people: bool = False,
    ) -> dict[str, str | None]:
        """What files should hold that are to say what the configuration is; None for none at all.

        Arguments as of `document` and `store.documents`.
        """
        types = [self._whole(key) for key in keys]
        return self._documents().files(texts, types, folder, people=people)

    def changes_to(self, document: dict[str, Any], *, prune: bool = False) -> list["Change"]:
        """What would make the configuration equal to a document that `spec.read` returned."""
        return self._documents().changes_to(document, prune=prune)

    def _documents(self) -> "Documents":
        from crmtui.store.documents import Documents

        self._refresh()
        self._require(access.CONFIGURE)
        return Documents(self._catalog, self.rights, self.actor.key)

    def apply(
        self,
        document: dict[str, Any],
        *,
        prune: bool = False,
        allow_data_loss: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> "Applied":
        """Make the configuration what a document says, in one act.

        Args:
            prune: retire what it does not mention.
            allow_data_loss: also when values are lost sight of.
            overwrite: also when that undoes what was changed elsewhere since the last time.

        Raises:
            CrmError: a change makes no sense, data stand against it, or one of the above.
        """
        from crmtui.store.applying import Applying

        with self.intent(access.CONFIGURE, dry_run=dry_run):
            planned = self.changes_to(document, prune=prune)
            known = self.rights.configurable if self.rights else self._catalog
            applying = Applying(self._database, known, self._tables, self._engine(), self.actor.key)
            return applying.apply(
                document,
                planned,
                pruned=prune and self.rights is None,
                allow_data_loss=allow_data_loss,
                overwrite=overwrite,
            )

    def proposal(self, document: dict[str, Any], *, prune: bool = False) -> "Applied":
        """What `apply` of a document would do, to records too, without doing it."""
        return self.apply(document, prune=prune, allow_data_loss=True, overwrite=True, dry_run=True)

    def copy(
        self,
        type_key: str,
        key: str,
        values: Mapping[str, Any] | None = None,
        *,
        permissions: bool = False,
    ) -> list["Change"]:
        """The changes that make a type like another one; see `store.copying`."""
        from crmtui.store.copying import copied

        self._require(access.CONFIGURE)
        type_, said = self._whole(type_key), dict(values or {})
        if self.rights:
            self.rights.guard.configuring(None, f"type {key}")
        return copied(self._catalog, type_, key, said, permissions=permissions)

    def packs(self) -> list["PackState"]:
        """The packs that there are to install, and those that are installed."""
        return self._packs().states()

    def installed_pack(self, key: str) -> "PackFile":
        """An installed pack as the file that it was; raises `NotFound`."""
        return self._packs().file(key)

    def install_packs(
        self, files: Sequence["PackFile"], *, merge: bool = False, dry_run: bool = False
    ) -> "PackOutcome":
        """Install packs, or bring installed ones up to date; see `store.packs`."""
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().install(files, merge=merge)

    def upgrade_packs(
        self, files: Sequence["PackFile"] = (), *, dry_run: bool = False
    ) -> "PackOutcome":
        """Bring installed packs up to date, all those of the program when none is named.

        Raises:
            NotFound: a pack that is named is not installed.
        """
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().upgrade(files)

    def remove_packs(
        self, keys: Sequence[str], *, force: bool = False, dry_run: bool = False
    ) -> "PackOutcome":
        """Retire the types that came from packs; see `store.packs`."""
        with self.intent(access.CONFIGURE, dry_run=dry_run):
            return self._packs().remove(keys, force=force)

    def _packs(self) -> "Packs":
        from crmtui.store.packs.installing import Packs

        self._refresh()
        if self.rights:
            # A pack names types, and remembers their definitions whole.
            self.rights.guard.configuring(None, "pack")
        return Packs(self._catalog, self._engine(), self.count)
