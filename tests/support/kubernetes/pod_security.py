"""The Pod Security Standards' profile "restricted", rule by rule, and what Natter adds to it.

Source: Kubernetes documentation, "Pod Security Standards", as of version 1.37.
"""

from collections.abc import Iterator
from typing import Final

from tests.support.kubernetes.objects import NAMESPACE, Object, Render, Workload

_VOLUMES: Final = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SYSCTLS: Final = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
}
_SELINUX_TYPES: Final = {"", "container_t", "container_init_t", "container_kvm_t"} | {
    "container_engine_t"
}
_APPARMOR: Final = {"RuntimeDefault", "Localhost"}
_SECCOMP: Final = {"RuntimeDefault", "Localhost"}
_HANDLERS: Final = ("httpGet", "tcpSocket")


def unrestricted(render: Render) -> Iterator[str]:
    """Yield each rule of the profile that a pod breaks."""
    for workload in render.workloads():
        for fault in (*_of_pod(workload.pod), *_of_annotations(workload)):
            yield f"{workload.name}: {fault}"
        for one in workload.containers:
            for fault in _of_container(one, workload.pod.get("securityContext", {})):
                yield f"{workload.name}, container {one['name']}: {fault}"


def _of_pod(pod: Object) -> Iterator[str]:
    yield from (f"{name} is on" for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name))
    for volume in pod.get("volumes", ()):
        kinds = volume.keys() - {"name"}
        if not kinds <= _VOLUMES:
            yield f"the volume {volume['name']} is a {', '.join(kinds)}"
    context = pod.get("securityContext", {})
    for sysctl in context.get("sysctls", ()):
        if sysctl["name"] not in _SYSCTLS:
            yield f"the sysctl {sysctl['name']} is not a safe one"
    yield from _of_profiles(context)
    if context.get("runAsUser") == 0:
        yield "it runs as root"


def _of_annotations(workload: Workload) -> Iterator[str]:
    annotations = workload.spec["template"]["metadata"].get("annotations", {})
    for name, value in annotations.items():
        if name.startswith("container.apparmor.security.beta.kubernetes.io/") and (
            value != "runtime/default" and not value.startswith("localhost/")
        ):
            yield f"AppArmor is {value}"


def _of_profiles(context: Object) -> Iterator[str]:
    """Check what may be set for a pod and for a container alike."""
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "it is a process of the host"
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("type", "") not in _SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        yield f"SELinux is {selinux}"
    if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in _APPARMOR:
        yield f"AppArmor is {context['appArmorProfile']['type']}"
    if context.get("seccompProfile", {}).get("type", "RuntimeDefault") not in _SECCOMP:
        yield f"seccomp is {context['seccompProfile']['type']}"


def _of_container(one: Object, pod: Object) -> Iterator[str]:
    context = one.get("securityContext", {})
    yield from _of_profiles(context)
    yield from _of_privileges(context)
    inherited = {**pod, **context}
    if inherited.get("runAsNonRoot") is not True:
        yield "it may run as root"
    if inherited.get("runAsUser") == 0:
        yield "it runs as root"
    if inherited.get("seccompProfile", {}).get("type") not in _SECCOMP:
        yield "it has no seccomp profile"
    for port in one.get("ports", ()):
        if port.get("hostPort"):
            yield f"it takes the host's port {port['hostPort']}"
    yield from _of_handlers(one)


def _of_privileges(context: Object) -> Iterator[str]:
    if context.get("privileged"):
        yield "it is privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "it may gain privileges"
    if context.get("procMount", "Default") != "Default":
        yield f"its /proc is {context['procMount']}"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", ()):
        yield "it keeps capabilities"
    if added := set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}:
        yield f"it adds the capabilities {', '.join(sorted(added))}"


def _of_handlers(one: Object) -> Iterator[str]:
    """Probes and lifecycle hooks may not name a host."""
    hooks = one.get("lifecycle", {})
    probes = [one.get(name, {}) for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    for asked in (*probes, *(hooks.get(name, {}) for name in ("postStart", "preStop"))):
        for handler in _HANDLERS:
            if asked.get(handler, {}).get("host"):
                yield f"it asks the host {asked[handler]['host']}"


def unenforced(render: Render) -> Iterator[str]:
    """Yield where the namespace does not hold its pods to the profile."""
    namespace = render.find("Namespace", NAMESPACE)
    labels = {} if namespace is None else namespace["metadata"].get("labels", {})
    for mode in ("enforce", "warn", "audit"):
        if labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"the namespace does not {mode} the profile"
