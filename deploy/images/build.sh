#!/bin/sh
# Builds the images of all services, and prints what each adds to its base. NATTER_TAG names their tag;
# TRACING=1 adds what makes and exports spans.
set -eu

tag=${NATTER_TAG:-latest}
services="web realtime ai demo"

fail() {
    echo "$1" >&2
    exit 1
}

build() {
    docker buildx build --load --file deploy/images/Dockerfile --target "$1" --tag "natter-$1:$tag" \
        --build-arg "REVISION=$revision" --build-arg "TRACING=${TRACING:-}" .
}

command -v docker >/dev/null || fail "Docker builds the images, and it is not installed: see docs.docker.com/engine."
docker version --format '{{.Server.Version}}' >/dev/null ||
    fail "No Docker engine answers; the line above says why. Is it running, and may you use it?"
docker buildx version >/dev/null 2>&1 ||
    fail "Docker lacks its builder buildx: Debian and Ubuntu have it as docker-buildx or docker-buildx-plugin."
python=$(sh deploy/local/find-python.sh)
revision=$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || true)

# The base has a name for its weight alone: a builder does not keep it under its own.
for service in base $services; do
    echo "Building natter-$service:$tag"
    build "$service" || fail "natter-$service could not be built; the lines above say why."
done

set -- "natter-base:$tag"
for service in $services; do
    set -- "$@" "natter-$service:$tag"
done
docker save "$@" | "$python" -m deploy.images.sizes "$@"
