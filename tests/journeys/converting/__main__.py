"""Say what becomes of the definitions in a folder: counts, and each thing that is not expressed.

python -m tests.journeys.converting espocrm|frappe|salesforce FOLDER [--all] [--document]
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from tests.journeys.converting.applied import applied
from tests.journeys.converting.sets import CONVERTERS
from tests.journeys.converting.verdicts import EXPRESSED, GRADES, counted, not_found


def main() -> None:
    """Convert, bring it about in a workspace of its own, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=list(CONVERTERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="name each thing, not each reason")
    parser.add_argument("--document", action="store_true", help="print the document instead")
    asked = parser.parse_args()
    draft = CONVERTERS[asked.format](asked.folder)
    if asked.document:
        print(json.dumps(draft.document(), ensure_ascii=False, indent=1))
        return
    wanted, found = applied(draft)
    print("\t".join(("", *GRADES)))
    for sort, grades in counted(draft.verdicts).items():
        print("\t".join((sort, *map(str, grades.values()))))
    missing = not_found(draft.verdicts, wanted, found)
    print(f"not found again: {[verdict.source for verdict in missing]}")
    rest = [verdict for verdict in draft.verdicts if verdict.grade != EXPRESSED]
    if asked.all:
        for verdict in rest:
            print(
                "\t".join((verdict.grade, verdict.sort, verdict.what, verdict.source, verdict.why))
            )
        return
    reasons = Counter((v.grade, v.sort, v.what, v.why) for v in rest)
    for (grade, sort, what, why), count in sorted(reasons.items()):
        print("\t".join((str(count), grade, sort, what, why)))


if __name__ == "__main__":
    main()
