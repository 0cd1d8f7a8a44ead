"""Reads the log lines in a message and says which requests take a connection that never comes back.

    read_log.py FILE    ->  PATH STATUS REASON TAKEN SEEN      (the worst kind; exit 1 when there is none)
"""

import re
import sys
from collections import Counter

LINE = re.compile(r"POST (\S+) (\d{3}) (.+?) pool=(\d+)/(\d+)")


def main():
    """Counts for each kind of request how often one more connection was in use afterwards."""
    seen, took = Counter(), Counter()
    before = None
    with open(sys.argv[1], encoding="utf-8") as message:
        for line in message:
            match = LINE.search(line)
            if not match:
                continue
            path, status, reason, in_use, size = match.groups()
            kind = (path, status, reason.split()[0])
            in_use = int(in_use)
            # A full pool cannot grow: what happens then says nothing.
            if before is not None and before < int(size):
                seen[kind] += 1
                took[kind] += in_use > before
            before = in_use
    if not took or took.most_common(1)[0][1] == 0:
        print("no request keeps a connection", file=sys.stderr)
        return 1
    kind, count = took.most_common(1)[0]
    print(*kind, count, seen[kind])
    return 0


if __name__ == "__main__":
    sys.exit(main())
