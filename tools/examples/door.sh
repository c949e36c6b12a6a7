#!/usr/bin/env bash
# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
#
# A door: reads ticket codes, one a line (a barcode scanner types like that), and says who may go in. One connection
# stays open for the whole evening.
#
#     tools/examples/door.sh north [HOST:PORT]
#
# Exit codes: 0 at the end of input, 1 the connection was lost, 2 wrong usage.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: door.sh GATE [HOST:PORT]" >&2; exit 2; }
gate=$1
address=${2:-${BOXOFFICE_LISTEN:-127.0.0.1:7710}}

exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
while IFS= read -r code; do
    [[ $code =~ ^[A-Za-z0-9]+$ ]] || { echo "NO    that is not a code"; continue; }
    printf 'CHECKIN %s gate=%s\n' "$code" "$gate" >&3
    IFS= read -r answer <&3 || { echo "door: the connection was lost" >&2; exit 1; }
    case "$answer" in
        OK*) echo "WELCOME $(sed -nE 's/.* seat=([^ ]+).*/\1/p' <<<"$answer")" ;;
        *state=checked-in*) echo "NO    already inside: ${answer#ERR WRONG_STATE }" ;;
        *) echo "NO    ${answer#ERR }" ;;
    esac
done
echo QUIT >&3
