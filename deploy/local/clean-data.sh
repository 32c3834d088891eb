#!/bin/sh
# Deletes Natter's data, after asking; `clean-data.sh 1` does not ask.
set -eu

folder=${NATTER_DATA_DIR:-.natter}
if [ ! -e "$folder/run.lock" ]; then
    echo "No data of Natter in $folder."
    exit 0
fi
process=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$folder/run.lock")
if [ -n "$process" ] && kill -0 "$process" 2>/dev/null; then
    echo "Natter is running on $folder (process $process): stop it first." >&2
    exit 1
fi
if [ "${1:-}" != 1 ]; then
    printf 'Delete every chat in %s? [y/N] ' "$folder"
    read -r answer || answer=
    case $answer in
        y | Y | yes) ;;
        *)
            echo "Kept."
            exit 1
            ;;
    esac
fi
# By name: the folder may be one that holds other things too.
for entry in postgres postgres.new nats database.env publisher.env operator.env setup_code.txt \
    stream_keys.json run.lock; do
    rm -rf "${folder:?}/$entry"
done
rmdir "$folder" 2>/dev/null || echo "What else is in $folder stays."
