#!/usr/bin/env bash
# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Sells two tickets over netcat: finds the two best seats together, takes the money in cash, prints the tickets.
#
#     tools/examples/sell-two-tickets.sh candle-hours ada@example.org [HOST:PORT]
#
# Exit codes: 0 sold, 1 refused (the daemon's reason is printed), 2 wrong usage.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: sell-two-tickets.sh EVENT BUYER [HOST:PORT]" >&2; exit 2; }
event=$1
buyer=$2
address=${3:-${BOXOFFICE_LISTEN:-127.0.0.1:7710}}

# Sends its arguments as lines and prints the reply to the last one.
ask() {
    printf '%s\n' "AS $buyer" "$@" QUIT | nc "${address%:*}" "${address##*:}" | sed '/^OK bye$/d' | tail -n 1
}

# The field $2 of the reply line $1.
field() {
    sed -nE "s/.* $2=([^ ]+).*/\1/p" <<<"$1"
}

refused() {
    echo "$1" >&2
    exit 1
}

# A key of its own for each step: sent again after a broken connection, it is still one sale.
sale="desk-$$-$(date +%s)"
hold=$(ask "HOLD $event best=2 together=yes key=$sale") || refused "no box office answers at $address"
[[ $hold == OK* ]] || refused "$hold"
id=$(field "$hold" hold)
total=$(field "$hold" total)
echo "$(field "$hold" seats): $total $(field "$hold" currency)"

if [ "$total" -gt 0 ]; then
    paid=$(ask "PAY $id amount=$total method=cash key=$sale")
    [[ $paid == OK* ]] || refused "$paid"
fi
order=$(ask "CONFIRM $id key=$sale")
[[ $order == OK* ]] || refused "$order"
echo "order $(field "$order" order): tickets $(field "$order" tickets)"
