"""What SQL of people may call: functions of SQLite that only compute, and those of expressions."""

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from crmtui.store.expressions import written_out
from crmtui.store.functions import TOTAL
from crmtui.store.sql.exact_sums import SUMS

AGGREGATES = frozenset(
    "avg count group_concat json_group_array json_group_object max median min percentile"
    " percentile_cont percentile_disc string_agg sum total".split()
)
"""Those of many rows; `max` and `min` are also of many values of one."""

ALLOWED = AGGREGATES | frozenset(
    "abs ceil ceiling char coalesce concat concat_ws floor format glob hex if ifnull iif instr"
    " length like likelihood likely lower ltrim nullif octet_length printf quote replace"
    " round rtrim sign soundex substr substring trim trunc typeof unhex unicode unlikely upper"
    " random randomblob zeroblob"
    " acos acosh asin asinh atan atan2 atanh cos cosh degrees exp ln log log10 log2 mod pi pow"
    " power radians sin sinh sqrt tan tanh"
    " current_date current_time current_timestamp date datetime julianday strftime time timediff"
    " unixepoch"
    " cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank"
    " row_number"
    " -> ->> json json_array json_array_length json_error_position json_extract"
    " json_insert json_object json_patch json_pretty json_quote json_remove"
    " json_replace json_set json_type json_valid"
    " contains has json_get me my_team today now days days_since days_until hours minutes month"
    " quarter year".split()
)
"""The functions that may be called, by name in small letters; any other is refused."""

_REMEMBERED = 100_000
"""Values of which it is remembered what a function makes of them; days repeat."""

_LOCAL = "(CASE WHEN ?1 GLOB '????-??-??T*' THEN datetime(?1, 'localtime') ELSE ?1 END)"
"""A moment as it is where the user is, since what day it was depends on that; a day as it is."""


class Setting(NamedTuple):
    """What functions depend on besides their arguments.

    Args:
        me: the key of the user who asks.
        my_team: the key of their first team, or None.
        today: the present day.
        now: the present moment.
    """

    me: str
    my_team: str | None
    today: str
    now: str


def provide(connection: sqlite3.Connection, setting: Setting) -> None:
    """Give a connection the functions of expressions that are not SQLite's own."""
    for name in ("contains", "has", "json_get"):
        arguments, function = TOTAL[name]
        connection.create_function(name, arguments, function, deterministic=True)
    for name, value in setting._asdict().items():
        connection.create_function(name, 0, _constant(value), deterministic=True)
    # They are SQL elsewhere; the same SQL answers here, so that they cannot come to differ.
    apart = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for name, sql in written_out("?2").items():
        connection.create_function(
            name, 1, _asked(apart, sql.replace("?1", _LOCAL), setting.today), deterministic=True
        )
    if sqlite3.sqlite_version_info < (3, 43):
        # From then on SQLite itself keeps what is lost in adding numbers that are no integers.
        for name, summed in SUMS.items():
            connection.create_window_function(name, 1, summed)


def _constant(value: str | None) -> Callable[[], str | None]:
    return lambda: value


def _asked(connection: sqlite3.Connection, sql: str, today: str) -> Callable[[Any], Any]:
    query = f"SELECT {sql} WHERE ?2 IS ?2"
    execute = connection.execute

    @lru_cache(maxsize=_REMEMBERED)
    def answer(value: Any) -> Any:
        return execute(query, (value, today)).fetchone()[0]

    return answer
