#!/bin/bash
# The link between blue and green. The host keeps reaching both API servers, whatever is set.
#   lab/link.sh cut | heal              drop every packet between the clusters | stop dropping
#   lab/link.sh isolate blue|green      cut, and drop what this machine's clients send to that cluster's NodePorts
#   lab/link.sh flap [TIMES [DOWN [UP]]]  cut and heal, 5 times, 2 seconds down and 3 up unless said otherwise
#   lab/link.sh rate 10mbit             at most so much, in each direction (kbit, mbit, gbit); "rate off"
#   lab/link.sh delay 50ms              every packet takes so much longer, in each direction; "delay off"
#   lab/link.sh loss 10%                lose that share of packets, in each direction; "loss off"
#   lab/link.sh corrupt 500             change a byte of every 500th full packet, in each direction; "corrupt off"
#   lab/link.sh show | clear            what is set | undo all of it
# Settings add up. They are kept in $TONARI_LAB/link and put in place again when a cluster comes back.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=cgroups.sh
. "$here/cgroups.sh"

wishes=$LAB/link # one file per setting: cut, isolate, rate, delay, loss, corrupt
node_ports=30000-32767
table=tonari_lab
tun=tlab-delay
routing_table=7444 # ours alone: what goes through the forwarder
group=$CGROUP_TOP/link
usage() { die "$(sed -n '2,/^set -/{s/^# //p}' "$here/link.sh")"; }

wish() { cat "$wishes/$1" 2>/dev/null || true; }

set_wish() {
    [ -d "$LAB/blue" ] || [ -d "$LAB/green" ] || die "the lab is not up; start it with lab/up.sh"
    mkdir -p "$wishes"
    echo "$2" >"$wishes/$1"
}

drop_wish() { rm -f "$wishes/$1"; }

both_linked() {
    local c
    for c in "${CLUSTERS[@]}"; do ip link show "$(host_link "$c")" >/dev/null 2>&1 || return 1; done
}

# Makes the machine be what the wishes say, whatever it was before.
apply() {
    remove_filter
    if both_linked; then
        apply_rate
        apply_delay
        apply_filter
    else
        remove_delay
    fi
}

remove_filter() {
    if nft list table inet $table >/dev/null 2>&1; then nft delete table inet $table; fi
}

# With a delay a packet is forwarded twice, into the forwarder and out of it. Loss counts at the first (it comes from a
# cluster), the rate at the last (it goes to a cluster), and a cut holds at both.
apply_filter() {
    local loss isolated
    loss=$(wish loss)
    if [ -z "$loss$(wish cut)$(wish rate)$(wish corrupt)" ]; then return 0; fi
    {
        echo "table inet $table {"
        echo "  chain forward {"
        echo "    type filter hook forward priority filter; policy accept;"
        filter_rules blue green "$loss"
        filter_rules green blue "$loss"
        echo "  }"
        isolated=$(wish isolate)
        if [ -n "$isolated" ]; then
            echo "  chain output {"
            echo "    type filter hook output priority filter; policy accept;"
            echo "    ip daddr $(node_ip "$isolated") tcp dport $node_ports drop"
            echo "  }"
        fi
        echo "}"
    } | nft -f -
}

filter_rules() {
    local between
    between="ip saddr $(node_net "$1") ip daddr $(node_net "$2")"
    if [ -n "$(wish cut)" ]; then echo "    $between drop"; fi
    if [ -n "$3" ]; then echo "    iifname \"$(host_link "$1")\" $between numgen random mod 10000 < $3 drop"; fi
    # Byte 100 of the segment's data; what checks it on the way is the receiver's TLS, for the packet never leaves this machine's memory.
    if [ -n "$(wish corrupt)" ]; then
        echo "    iifname \"$(host_link "$1")\" $between meta l4proto tcp meta length > 1000 numgen inc mod $(wish corrupt) == 0 counter @th,800,8 set 0x5a"
    fi
    if [ -n "$(wish rate)" ]; then echo "    oifname \"$(host_link "$2")\" $between meta priority set 1:20"; fi
}

# One class for what comes from the neighbour, one without a bound for what comes from the host. The queue holds about
# 100 ms, so that a full link is slow but not deaf.
apply_rate() {
    local c link rate queue
    rate=$(wish rate)
    queue=$((${rate:-0} / 80))
    for c in "${CLUSTERS[@]}"; do
        link=$(host_link "$c")
        if [[ $(tc qdisc show dev "$link") == *'htb 1: root'* ]]; then tc qdisc del dev "$link" root; fi
        if [ -z "$rate" ]; then continue; fi
        tc qdisc add dev "$link" root handle 1: htb default 10
        tc class add dev "$link" parent 1: classid 1:10 htb rate 100gbit quantum 60000
        tc class add dev "$link" parent 1: classid 1:20 htb rate "${rate}bit" burst 64k quantum 60000
        tc qdisc add dev "$link" parent 1:20 handle 20: bfifo limit $((queue > 131072 ? queue : 131072))
    done
}

apply_delay() {
    local delay running
    delay=$(wish delay)
    running=$(cat "$wishes/delay-running" 2>/dev/null || true)
    if [ -n "$delay" ] && [ "$running" = "$delay" ] && process_runs "$group" "$wishes/forwarder.pid" && has_rules; then return 0; fi
    remove_delay
    if [ -z "$delay" ]; then return 0; fi
    mkdir -p "$wishes"
    cgroup_make "$group"
    start_process "$group" "$wishes/forwarder.log" "$wishes/forwarder.pid" "$(forwarder)" "$tun" "$delay"
    await 5 ip link show "$tun" || die "the forwarder made no device; see $wishes/forwarder.log"
    sysctl -qw "net.ipv4.conf.$tun.rp_filter=2" "net.ipv6.conf.$tun.disable_ipv6=1"
    ip link set "$tun" mtu 1500 txqueuelen 10000 up
    ip route replace default dev "$tun" table $routing_table
    ip rule add priority $routing_table iif "$(host_link blue)" to "$(node_net green)" lookup $routing_table
    ip rule add priority $routing_table iif "$(host_link green)" to "$(node_net blue)" lookup $routing_table
    echo "$delay" >"$wishes/delay-running"
}

has_rules() { [ "$(ip rule show priority $routing_table | wc -l)" = 2 ]; }

remove_delay() {
    while ip rule del priority $routing_table 2>/dev/null; do :; done
    ip route flush table $routing_table 2>/dev/null || true
    cgroup_kill "$group"
    await 5 cgroup_empty "$group" || die "the forwarder does not end: $(cgroup_pids "$group")"
    if ip link show "$tun" >/dev/null 2>&1; then ip link del "$tun"; fi
    await 5 cgroup_remove "$group" || die "cgroup $group is left"
    rm -f "$wishes/delay-running" "$wishes/forwarder.pid"
}

# The forwarder's program, compiled once.
forwarder() {
    local source=$here/forwarder/forwarder.c program
    program=$CACHE/forwarder-$(hash_of "$source")
    if [ ! -x "$program" ]; then
        mkdir -p "$CACHE"
        gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$program.new" "$source" >&2
        mv "$program.new" "$program"
    fi
    echo "$program"
}

# "50ms", "0.5s", "200us" in microseconds.
microseconds_of() {
    [[ $1 =~ ^([0-9]+(\.[0-9]+)?)(us|ms|s)$ ]] || die "'$1' is no delay; write 50ms, 200us or 1s"
    local factor
    case ${BASH_REMATCH[3]} in us) factor=1 ;; ms) factor=1000 ;; s) factor=1000000 ;; esac
    awk -v n="${BASH_REMATCH[1]}" -v f=$factor 'BEGIN { printf "%d\n", n * f }'
}

# "10mbit" in bits per second.
bits_of() {
    [[ $1 =~ ^([0-9]+(\.[0-9]+)?)(kbit|mbit|gbit)$ ]] || die "'$1' is no rate; write 10mbit, 500kbit or 1gbit"
    local factor
    case ${BASH_REMATCH[3]} in kbit) factor=1000 ;; mbit) factor=1000000 ;; gbit) factor=1000000000 ;; esac
    awk -v n="${BASH_REMATCH[1]}" -v f=$factor 'BEGIN { printf "%d\n", n * f }'
}

# "10%" in ten-thousandths.
share_of() {
    [[ $1 =~ ^([0-9]+(\.[0-9]+)?)%$ ]] || die "'$1' is no share; write 10% or 0.5%"
    awk -v n="${BASH_REMATCH[1]}" 'BEGIN { printf "%d\n", n * 100 }'
}

show() {
    local any=no
    if [ -n "$(wish cut)" ]; then any=yes; say "cut"; fi
    if [ -n "$(wish isolate)" ]; then any=yes; say "clients do not reach $(wish isolate)"; fi
    if [ -n "$(wish rate)" ]; then any=yes; say "rate $(awk -v n="$(wish rate)" 'BEGIN { print n / 1000000 }') Mbit/s in each direction"; fi
    if [ -n "$(wish delay)" ]; then any=yes; say "delay $(awk -v n="$(wish delay)" 'BEGIN { print n / 1000 }') ms in each direction"; fi
    if [ -n "$(wish loss)" ]; then any=yes; say "loss $(awk -v n="$(wish loss)" 'BEGIN { print n / 100 }') % in each direction"; fi
    if [ -n "$(wish corrupt)" ]; then any=yes; say "one in $(wish corrupt) full packets changed in each direction"; fi
    if [ $any = no ]; then say "clear"; fi
}

flap() {
    local times=${1:-5} down=${2:-2} up=${3:-3} n
    for ((n = 1; n <= times; n++)); do
        set_wish cut yes
        apply
        say "flap $n of $times: cut"
        sleep "$down"
        drop_wish cut
        apply
        say "flap $n of $times: healed"
        if ((n < times)); then sleep "$up"; fi
    done
}

clear_all() {
    rm -f "$wishes"/{cut,isolate,rate,delay,loss,corrupt}
    apply
    remove_delay
    rm -rf "$wishes"
}

need_root
command=${1:-}
case $command:${2:-} in
    cut:) set_wish cut yes ;;
    isolate:?*)
        known_cluster "$2"
        set_wish cut yes
        set_wish isolate "$2"
        ;;
    heal:)
        drop_wish cut
        drop_wish isolate
        ;;
    rate:off | delay:off | loss:off | corrupt:off) drop_wish "$command" ;;
    rate:?*)
        value=$(bits_of "$2")
        set_wish rate "$value"
        ;;
    delay:?*)
        value=$(microseconds_of "$2")
        set_wish delay "$value"
        ;;
    loss:?*)
        value=$(share_of "$2")
        set_wish loss "$value"
        ;;
    corrupt:?*)
        [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || die "'$2' is no number; write 500"
        set_wish corrupt "$2"
        ;;
    flap:*)
        flap "${@:2}"
        exit 0
        ;;
    clear:)
        clear_all
        exit 0
        ;;
    show:)
        show
        exit 0
        ;;
    apply:) ;;
    *) usage ;;
esac
apply
if [ "$command" != apply ]; then show; fi
