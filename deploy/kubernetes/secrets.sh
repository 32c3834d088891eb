#!/bin/sh
# Writes Natter's Secrets to standard output, for `kubectl apply -f -`, and to nowhere else. What the cluster has
# already counts: kubectl reads it, and only `set` and `rotate` change it.
set -eu
unset CDPATH
export LC_ALL=C

usage="\
usage: secrets.sh [-n NAMESPACE] [--new] COMMAND | kubectl apply -f -
       make                      what is missing
       set NAME < FILE           a secret of yours, in place of one that was made; an empty one is none. NAME is
                                 one of openai_api_key, ai_connections, database_url, and of nats_url_web, _realtime,
                                 _ai, _operator and _publisher
       rotate postgres           the password of the database
       rotate nats               the passwords of all users of NATS, and of its nodes
       rotate stream_keys        the key by which web signs stream tokens; its old keys stay good
       forget-old-stream-keys    the newest one alone
--new asks no cluster: all is made. The output holds passwords in plain (base64)."

users="web realtime ai publisher operator"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# One line of each Secret that exists, and one of each value in it: SECRET KEY BASE64.
read_cluster() {
    kubectl --namespace "$namespace" get secrets web realtime ai nats postgres tools --ignore-not-found \
        --output 'go-template={{range .items}}{{$secret := .metadata.name}}{{$secret}} - -{{"\n"}}
{{- range $key, $value := .data}}{{$secret}} {{$key}} {{$value}}{{"\n"}}{{end}}{{end}}' ||
        fail "The cluster cannot be asked for the Secrets that it has. To make all of them without it: --new"
}

exists() {
    printf '%s\n' "$known" | grep -q "^$1 "
}

# value SECRET KEY, in base64
value() {
    printf '%s\n' "$known" | sed -n "s/^$1 $2 //p"
}

text() {
    value "$1" "$2" | base64 -d
}

has() {
    [ -n "$(value "$1" "$2")" ]
}

# put SECRET KEY TEXT
put() {
    known="$(printf '%s\n' "$known" | grep -v "^$1 $2 " || :)
$1 $2 $(printf '%s' "$3" | base64 | tr -d '\n')"
    case "$changed " in *" $1 "*) ;; *) changed="$changed $1" ;; esac
}

random() {
    od -A n -t x1 -N "$1" /dev/urandom | tr -d ' \n'
}

# nats-server reads its own as configuration text: one that begins with a letter is a string.
new_password() {
    printf 'n%s' "$(random 24)"
}

new_stream_key() {
    printf '"%s"' "$(random 32)"
}

# Nothing that is taken for something else when it is typed: no 0, 1, i, l, o and u. 98 bits, in four groups.
new_setup_code() {
    head -c 4096 /dev/urandom | tr -dc 2-9a-hjkmnp-tv-z | cut -c -20 | sed 's/...../&-/g; s/-$//'
}

# place USER: the Secret and the key that hold its address of NATS
place() {
    case "$1" in
    publisher | operator) echo tools "$1_url" ;;
    *) echo "$1" nats_url ;;
    esac
}

put_address() {
    put $(place "$1") "nats://$1:$(text nats "$1")@nats:4222"
}

put_database_address() {
    put web database_url "postgresql://natter:$(text postgres password)@postgres:5432/natter"
}

# The gateway's count: it has to know a key before web signs by it.
stream_keys() {
    keys=$(text realtime stream_keys)
    [ -n "$keys" ] || keys=$(text web stream_keys)
    [ -n "$keys" ] || return 0
    printf '%s' "$keys" | tr -d '\n' | grep -Eqx '\[ *"[^"]+"( *, *"[^"]+")* *\]' ||
        fail "The stream_keys of the Secrets realtime and web are no JSON list of keys: delete both, then make."
    printf '%s' "$keys" | tr -d '\n'
}

# An address without a password of ours leads to a NATS of somebody else's.
complete_nats() {
    if exists nats || ! { has web nats_url || has realtime nats_url || has ai nats_url; }; then
        for user in $users cluster; do has nats "$user" || put nats "$user" "$(new_password)"; done
        for user in $users; do has $(place "$user") || put_address "$user"; done
    fi
}

complete_database() {
    if exists postgres || ! has web database_url; then
        has postgres password || put postgres password "$(new_password)"
        has web database_url || put_database_address
    fi
}

complete_stream_keys() {
    keys=$(stream_keys)
    for service in realtime web; do
        has "$service" stream_keys || put "$service" stream_keys "${keys:=[$(new_stream_key)]}"
    done
}

complete_setup_code() {
    has web setup_code || put web setup_code "$(new_setup_code)"
}

complete() {
    complete_nats
    complete_database
    complete_stream_keys
    complete_setup_code
}

set_given() {
    given=$(tr -d '\r')
    case "$1" in
    ai_connections) ;;
    *) case "$given" in *[![:print:]]*) fail "What was given as $1 is no printable ASCII on one line." ;; esac ;;
    esac
    case "$1" in
    openai_api_key | ai_connections) put ai "$1" "$given" ;;
    database_url) put web database_url "$given" ;;
    nats_url_web | nats_url_realtime | nats_url_ai | nats_url_operator | nats_url_publisher)
        put $(place "${1#nats_url_}") "$given"
        ;;
    *) fail "$usage" ;;
    esac
}

rotate() {
    case "$1" in
    nats)
        exists nats || fail "There is no Secret nats here: make it, or is NATS yours?"
        for user in $users cluster; do put nats "$user" "$(new_password)"; done
        for user in $users; do put_address "$user"; done
        ;;
    postgres)
        exists postgres || fail "There is no Secret postgres here: make it, or is PostgreSQL yours?"
        put postgres password "$(new_password)"
        put_database_address
        ;;
    stream_keys)
        keys=$(stream_keys)
        put_stream_keys "[$(new_stream_key)${keys:+, ${keys#\[}}"
        ;;
    *) fail "$usage" ;;
    esac
}

put_stream_keys() {
    put realtime stream_keys "${1%]}]"
    put web stream_keys "${1%]}]"
}

forget_old_stream_keys() {
    keys=$(stream_keys)
    [ -n "$keys" ] || fail "There are no stream keys here: make them."
    put_stream_keys "$(printf '%s' "$keys" | sed 's/^\(\[ *"[^"]*"\).*/\1/')"
}

write() {
    printf 'apiVersion: v1\nkind: List\nitems:\n'
    for secret in $changed; do
        cat <<SECRET
  - apiVersion: v1
    kind: Secret
    metadata:
      name: $secret
      namespace: $namespace
      labels: {app.kubernetes.io/part-of: natter}
    data:
$(printf '%s\n' "$known" | sed -n "s/^$secret \([^ ]*[^ -]\) \(.*\)/      \1: \"\2\"/p")
SECRET
    done
}

namespace=natter
known=
changed=
new=
while :; do
    case "${1:-}" in
    -n | --namespace) namespace=${2:?"$usage"} && shift 2 ;;
    --new) new=yes && shift ;;
    *) break ;;
    esac
done
[ -n "$new" ] || case "${1:-}" in
make | set | rotate | forget-old-stream-keys) known=$(read_cluster) ;;
esac

case "$#,${1:-}" in
1,make) ;;
2,set) set_given "$2" ;;
2,rotate) rotate "$2" ;;
1,forget-old-stream-keys) forget_old_stream_keys ;;
*) fail "$usage" ;;
esac
complete
[ -n "$changed" ] || fail "Nothing is missing."
printf 'To be written:%s\n' "$changed" >&2
write
