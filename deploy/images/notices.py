"""Writes the licences of an image's packages: `notices.py <licences> [<node_modules>]`.

It runs while the image is built, on the standard library alone. It describes the packages of the
Python that runs it, and of the npm packages those that are bundled into the pages' script. A folder
in `<licences>` that is named as a package holds the texts which that package should carry itself.
A package without any text of a licence ends the build.
"""

import json
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import Any, Final

HEAD: Final = """\
This image carries Natter, whose licence is in the file LICENSE beside this one, and the packages
below. Python's licence is in /usr/local/lib/python3*/LICENSE.txt; those of Debian's packages are in
/usr/share/doc/*/copyright.
"""
_RULE: Final = "=" * 80
_NO_TEXTS: Final = frozenset({".py", ".pyc", ".json"})

type Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package: the licence it declares, the texts by file name, and what is compiled in."""

    name: str
    version: str
    declared: str
    texts: Texts
    compiled_in: tuple[str, ...] = ()


def python_packages(found: Iterable[Distribution], licences: Path) -> Iterator[Package]:
    """Describe installed distributions, by their metadata (PEP 639 and the forms before it)."""
    for distribution in found:
        name = distribution.metadata["Name"]
        files = sorted(distribution.files or ())
        own = tuple((str(file), file.read_text()) for file in files if _is_licence(file))
        yield Package(
            name,
            distribution.version,
            _declared(distribution),
            own + supplied(licences / name),
            tuple(line for file in files if "sboms" in file.parts for line in _components(file)),
        )


def npm_packages(node_modules: Path, licences: Path) -> Iterator[Package]:
    """Describe the npm packages that are bundled: all but the tools of the build."""
    installed = json.loads((node_modules / ".package-lock.json").read_text())["packages"]
    for place, locked in installed.items():
        if locked.get("dev"):
            continue
        name = place.rpartition("node_modules/")[2]
        folder = node_modules.parent / place
        own = tuple(
            (file.name, file.read_text())
            for file in sorted(folder.iterdir())
            if file.is_file() and _is_licence(file)
        )
        declared = locked.get("license", "")
        yield Package(name, locked["version"], declared, own + supplied(licences / name))


def supplied(folder: Path) -> Texts:
    """Return the texts that we supply for a package that lacks them."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return tuple((str(file.relative_to(folder)), file.read_text()) for file in files)


def write_notices(packages: Iterable[Package]) -> str:
    """Return the notices of all packages; raises ValueError with the packages without a text."""
    by_name = sorted(packages, key=lambda package: package.name.lower())
    lacking = [package.name for package in by_name if not package.texts]
    if lacking:
        raise ValueError(f"no text of a licence is known of: {', '.join(lacking)}")
    return "\n".join([HEAD, *map(_notice, by_name)])


def _notice(package: Package) -> str:
    title = f"{package.name} {package.version}\nLicence: {package.declared or 'see below'}"
    compiled_in = ("Compiled into it:", *package.compiled_in) if package.compiled_in else ()
    texts = (f"--- {name}\n\n{text.strip()}\n" for name, text in package.texts)
    return "\n".join([_RULE, title, *compiled_in, "", *texts])


def _is_licence(file: Path | PackagePath) -> bool:
    if file.suffix in _NO_TEXTS:
        return False
    named = file.name.upper().startswith(("LICEN", "COPYING", "NOTICE", "MIT-LICEN"))
    return named or (".dist-info/licenses/" in str(file))


def _declared(distribution: Distribution) -> str:
    for field in ("License-Expression", "License"):
        for value in distribution.metadata.get_all(field, []):
            if value and "\n" not in value and value != "UNKNOWN":
                return str(value)
    classifiers = distribution.metadata.get_all("Classifier", [])
    return ", ".join(c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::"))


def _components(sbom: PackagePath) -> Iterator[str]:
    """List the components of a CycloneDX bill of materials (PEP 770)."""
    for component in json.loads(sbom.read_text()).get("components", ()):
        licences = " AND ".join(map(_component_licence, component.get("licenses", ())))
        yield f"  {component['name']} {component.get('version', '')}: {licences or 'not declared'}"


def _component_licence(entry: dict[str, Any]) -> str:
    licence = entry.get("license", {})
    return str(entry.get("expression") or licence.get("id") or licence.get("name"))


def main(arguments: list[str]) -> None:
    """Print the notices of the Python that runs this, and of `node_modules` if it is given."""
    licences, *node_modules = map(Path, arguments)
    installed = distributions(path=[sysconfig.get_path("purelib")])
    packages = [*python_packages(installed, licences)]
    for folder in node_modules:
        packages += npm_packages(folder, licences)
    try:
        sys.stdout.write(write_notices(packages))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
