#!/bin/sh
# Writes alerts.yaml: deploy/observability/alerts.yml in the form that the Prometheus Operator takes. kustomize cannot
# put one file into another.
set -eu
unset CDPATH
cd "$(dirname "$0")"

{
    cat <<'HEAD'
# Written by alerts.sh. What you change belongs into deploy/observability/alerts.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: natter
  labels: {app.kubernetes.io/name: natter}
spec:
HEAD
    sed -n '/^groups:/,$ s/^./  &/p' ../../../observability/alerts.yml
} >alerts.yaml
