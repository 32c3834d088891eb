#!/bin/sh
# Compiles the code in /natter, and lets every user read it, whatever the checkout's modes are.
set -eu

python -m compileall -q --invalidation-mode unchecked-hash /natter
chmod -R u=rwX,go=rX /natter
