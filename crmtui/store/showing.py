"""On which records an actor sees a field as it is, and on which masked, all roles together."""

from crmtui.model.definitions import Field
from crmtui.store.policy import TypePolicy


class Showing:
    """For which records a field is shown as it is, and for which it is masked, and how.

    Args:
        shows: conditions, about a table `s`.
        masks: conditions and patterns.
        everything: whether the roles that show it are all those that let the actor read at all.
    """

    __slots__ = ("masks", "shows", "whole")

    def __init__(self, shows: list[str], masks: list[tuple[str, str]], *, everything: bool) -> None:
        self.whole = everything or "1" in shows
        self.shows = [] if self.whole else shows
        self.masks = [] if self.whole else masks

    @property
    def masked_whole(self) -> bool:
        """Whether it is shown as it is nowhere."""
        return bool(self.masks) and not self.shows


def showing_of(policy: TypePolicy, field: Field) -> Showing | None:
    """How a field is shown; None when it is hidden everywhere."""
    reading = [grant for grant in policy.grants if "read" in grant.lets]
    levels = [grant.level(field.key).partition(":") for grant in policy.grants]
    if any(word == "denied" for word, _, _ in levels):
        return None
    if not reading:
        # Who only adds records knows the fields that are to be filled in.
        hidden = bool(levels) and all(word == "hidden" for word, _, _ in levels)
        return None if hidden else Showing(["1"], [], everything=True)
    shows: list[str] = []
    masks: list[tuple[str, str]] = []
    closed = 0
    for grant in reading:
        word, _, pattern = grant.level(field.key).partition(":")
        if word == "hidden":
            closed += 1
        elif word == "masked":
            masks.append((policy.granted(grant, "read"), pattern))
        else:
            shows.append(policy.granted(grant, "read"))
    if closed == len(reading):
        return None
    if not shows and not closed and len({pattern for _, pattern in masks}) == 1:
        # Every record that is seen at all is masked, and alike.
        masks = [("1", masks[0][1])]
    return Showing(shows, masks, everything=not masks and not closed)
