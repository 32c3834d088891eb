"""What Natter uses of kinds that extensions of Kubernetes define, field by field.

Only what is used stands here, so that a new field is looked up before it is used. Every field, its
type and whether it is required was held against the definitions of these versions:
gateway.networking.k8s.io/v1: `gateway.networking.k8s.io_httproutes.yaml`, standard channel of 1.5;
keda.sh/v1alpha1: `keda.sh_scaledobjects.yaml` and the scalers' Go structures of KEDA 2.20.2;
postgresql.cnpg.io/v1: `postgresql.cnpg.io_clusters.yaml` of CloudNativePG 1.30.0;
monitoring.coreos.com/v1: `monitoring.coreos.com_*.yaml` of the Prometheus Operator 0.93.0.
"""

from typing import Final

from tests.support.kubernetes.shapes import MapOf, Shape, one_of

STRINGS: Final = MapOf(str)
_SELECTOR: Final[Shape] = {
    "matchLabels": STRINGS,
    "matchExpressions": [
        {
            "key!": str,
            "operator!": one_of("In", "NotIn", "Exists", "DoesNotExist"),
            "values": [str],
        }
    ],
}
_HEADERS: Final[Shape] = [{"name!": str, "value!": str}]
_RESOURCES: Final[Shape] = {"requests": STRINGS, "limits": STRINGS}

HTTP_ROUTE: Final[Shape] = {
    "parentRefs!": [
        {
            "group": str,
            "kind": str,
            "name!": str,
            "namespace": str,
            "sectionName": str,
            "port": int,
        }
    ],
    "hostnames": [str],
    "rules!": [
        {
            "name": str,
            "matches!": [
                {"path!": {"type!": one_of("Exact", "PathPrefix"), "value!": str}, "method": str}
            ],
            "filters": [
                {
                    "type!": one_of("RequestRedirect", "RequestHeaderModifier"),
                    "requestHeaderModifier": {
                        "set": _HEADERS,
                        "add": _HEADERS,
                        "remove": [str],
                    },
                    "requestRedirect": {
                        "path": {
                            "type!": one_of("ReplaceFullPath", "ReplacePrefixMatch"),
                            "replaceFullPath": str,
                        },
                        "statusCode": int,
                        "scheme": str,
                    },
                }
            ],
            "timeouts": {"request": str, "backendRequest": str},
            "backendRefs": [{"name!": str, "port!": int, "kind": str, "group": str, "weight": int}],
        }
    ],
}

_SCALING_RULES: Final[Shape] = {
    "stabilizationWindowSeconds": int,
    "selectPolicy": one_of("Max", "Min", "Disabled"),
    "policies": [{"type!": one_of("Pods", "Percent"), "value!": int, "periodSeconds!": int}],
}
SCALED_OBJECT: Final[Shape] = {
    "scaleTargetRef!": {"name!": str, "kind": str, "apiVersion": str},
    "pollingInterval": int,
    "cooldownPeriod": int,
    "minReplicaCount": int,
    "maxReplicaCount": int,
    "fallback": {
        "failureThreshold!": int,
        "replicas!": int,
        "behavior": one_of(
            "static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"
        ),
    },
    "advanced": {
        "restoreToOriginalReplicaCount": bool,
        "horizontalPodAutoscalerConfig": {
            "name": str,
            "behavior": {"scaleUp": _SCALING_RULES, "scaleDown": _SCALING_RULES},
        },
    },
    "triggers!": [
        {
            "type!": one_of("nats-jetstream", "prometheus", "cpu"),
            "name": str,
            "metricType": one_of("AverageValue", "Value", "Utilization"),
            "metadata!": STRINGS,
        }
    ],
}
TRIGGERS: Final[dict[str, Shape]] = {
    "nats-jetstream": {
        "natsServerMonitoringEndpoint!": str,
        "account!": str,
        "stream!": str,
        "consumer!": str,
        "lagThreshold": str,
        "activationLagThreshold": str,
        "useHttps": str,
    },
    "prometheus": {
        "serverAddress!": str,
        "query!": str,
        "threshold!": str,
        "activationThreshold": str,
        "ignoreNullValues": one_of("true", "false"),
        "timeout": str,
    },
    "cpu": {"value!": str, "containerName": str},
}

CLUSTER: Final[Shape] = {
    "description": str,
    "imageName": str,
    "instances!": int,
    "enablePDB": bool,
    "enableSuperuserAccess": bool,
    "primaryUpdateStrategy": one_of("unsupervised", "supervised"),
    "primaryUpdateMethod": one_of("switchover", "restart"),
    "minSyncReplicas": int,
    "maxSyncReplicas": int,
    "stopDelay": int,
    "switchoverDelay": int,
    "storage!": {"size!": str, "storageClass": str, "resizeInUseVolumes": bool},
    "walStorage": {"size!": str, "storageClass": str},
    "bootstrap": {
        "initdb!": {
            "database!": str,
            "owner!": str,
            "secret": {"name!": str},
            "dataChecksums": bool,
        }
    },
    "postgresql": {
        "parameters": STRINGS,
        "synchronous": {"method!": one_of("any", "first"), "number!": int, "dataDurability": str},
    },
    "affinity": {
        "enablePodAntiAffinity": bool,
        "topologyKey": str,
        "podAntiAffinityType": one_of("preferred", "required"),
    },
    "topologySpreadConstraints": [
        {
            "maxSkew!": int,
            "topologyKey!": str,
            "whenUnsatisfiable!": one_of("DoNotSchedule", "ScheduleAnyway"),
            "labelSelector": _SELECTOR,
        }
    ],
    "resources": _RESOURCES,
    "inheritedMetadata": {"labels": STRINGS, "annotations": STRINGS},
    "monitoring": {"enablePodMonitor": bool},
}

_RELABELING: Final[Shape] = {
    "sourceLabels": [str],
    "targetLabel": str,
    "regex": str,
    "replacement": str,
    "action": str,
}
_SCRAPED: Final[Shape] = {
    "port!": str,
    "path": str,
    "interval": str,
    "scrapeTimeout": str,
    "honorLabels": bool,
    "relabelings": [_RELABELING],
    "metricRelabelings": [_RELABELING],
}
_NAMESPACES: Final[Shape] = {"any": bool, "matchNames": [str]}
POD_MONITOR: Final[Shape] = {
    "selector!": _SELECTOR,
    "podMetricsEndpoints!": [_SCRAPED],
    "namespaceSelector": _NAMESPACES,
    "jobLabel": str,
    "podTargetLabels": [str],
}
SERVICE_MONITOR: Final[Shape] = {
    "selector!": _SELECTOR,
    "endpoints!": [_SCRAPED],
    "namespaceSelector": _NAMESPACES,
    "jobLabel": str,
    "targetLabels": [str],
    "podTargetLabels": [str],
}
PROMETHEUS_RULE: Final[Shape] = {
    "groups!": [
        {
            "name!": str,
            "interval": str,
            "rules!": [
                {
                    "alert": str,
                    "record": str,
                    "expr!": str,
                    "for": str,
                    "labels": STRINGS,
                    "annotations": STRINGS,
                }
            ],
        }
    ]
}
