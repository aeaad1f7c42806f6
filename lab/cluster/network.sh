# shellcheck shell=bash
# One network namespace per cluster, joined to the host by one veth pair; the host routes between the clusters.
# Sourced by cluster.sh.

make_network() {
    local ns link neighbour
    ns=$(netns_name "$NAME")
    link=$(host_link "$NAME")
    if [ -e "/run/netns/$ns" ] && [ -n "$(ip -n "$ns" route show default)" ] && ip link show "$link" >/dev/null 2>&1; then
        return 0
    fi
    remove_network
    ip netns add "$ns"
    ip link add "$link" type veth peer name eth0 netns "$ns"
    ip addr add "$(host_ip "$NAME")/24" dev "$link"
    ip link set "$link" up
    ip -n "$ns" link set lo up
    ip -n "$ns" addr add "$(node_ip "$NAME")/24" dev eth0
    ip -n "$ns" link set eth0 up
    for neighbour in "${CLUSTERS[@]}"; do
        if [ "$neighbour" != "$NAME" ]; then ip -n "$ns" route add "$(node_net "$neighbour")" via "$(host_ip "$NAME")"; fi
    done
    # There is nothing else to reach; said at once, or programs that look for a cloud's metadata wait for seconds.
    ip -n "$ns" route add unreachable default
    # A service's address is rewritten on the way out, and only what has a route is on the way out at all.
    ip -n "$ns" route add "$SERVICE_NET" dev eth0
    nsenter --net="/run/netns/$ns" sysctl -qw net.ipv4.ip_forward=1
    if [ "$(sysctl -n net.ipv4.ip_forward)" = 0 ]; then
        touch "$LAB/.ip-forward-was-off"
        sysctl -qw net.ipv4.ip_forward=1
    fi
}

remove_network() {
    local ns link
    ns=$(netns_name "$NAME")
    link=$(host_link "$NAME")
    if ip link show "$link" >/dev/null 2>&1; then ip link del "$link"; fi
    if [ -e "/run/netns/$ns" ]; then ip netns del "$ns"; fi
    if [ -e "$LAB/.ip-forward-was-off" ] && ! other_cluster_is_there; then
        sysctl -qw net.ipv4.ip_forward=0
        rm -f "$LAB/.ip-forward-was-off"
    fi
}

other_cluster_is_there() {
    local c
    for c in "${CLUSTERS[@]}"; do
        if [ "$c" != "$NAME" ] && [ -e "/run/netns/$(netns_name "$c")" ]; then return 0; fi
    done
    return 1
}
