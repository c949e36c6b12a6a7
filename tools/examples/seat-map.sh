#!/usr/bin/env bash
# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Draws an event's seats in the terminal: free "·", held "h", being paid "p", sold "×", blocked "b", an aisle " ".
#
#     tools/examples/seat-map.sh candle-hours [HOST:PORT]
#
# Exit codes: 0 drawn, 1 refused, 2 wrong usage.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: seat-map.sh EVENT [HOST:PORT]" >&2; exit 2; }
event=$1
address=${2:-${BOXOFFICE_LISTEN:-127.0.0.1:7710}}

reply=$(printf '%s\n' "VIEW $event" QUIT | nc "${address%:*}" "${address##*:}") ||
    { echo "no box office answers at $address" >&2; exit 1; }
awk '
    /^ERR/ { print > "/dev/stderr"; failed = 1 }
    /^\* row / {
        map = ""
        if (match($0, / map=[^ ]+/)) map = substr($0, RSTART + 5, RLENGTH - 5)
        gsub(/_/, " ", map); gsub(/\./, "·", map); gsub(/x/, "×", map)
        printf "%-16s %s\n", $3, map
    }
    /^\* area / { print substr($0, 3) }
    END { exit failed }' <<<"$reply"
