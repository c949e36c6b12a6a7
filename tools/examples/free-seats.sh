#!/usr/bin/env bash
# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
#
# How many seats are free at the events that a search finds, fewest first.
#
#     tools/examples/free-seats.sh 'type=concert location=malmö' [HOST:PORT]
#
# Exit codes: 0 found some, 1 found none or was refused, 2 wrong usage.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: free-seats.sh SEARCH [HOST:PORT]" >&2; exit 2; }
search=$1
address=${2:-${BOXOFFICE_LISTEN:-127.0.0.1:7710}}

reply=$(printf '%s\n' "SEARCH $search limit=1000" QUIT | nc "${address%:*}" "${address##*:}") ||
    { echo "no box office answers at $address" >&2; exit 1; }
awk '
    /^ERR/ { print > "/dev/stderr"; failed = 1 }
    /^\* event / {
        free = ""
        if (match($0, / free=[0-9]+/)) free = substr($0, RSTART + 6, RLENGTH - 6)
        print free "\t" $3 | "sort -n"
        found = 1
    }
    END { exit !(found && !failed) }' <<<"$reply"
