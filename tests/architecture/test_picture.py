"""The picture in ARCHITECTURE.md shows the layers that the import contracts hold."""

from tests.architecture.picture import DOCUMENT, drawn_into, layers_of, picture


def test_the_picture_is_the_one_of_the_contracts() -> None:
    """Where this fails, run `python -m tests.architecture.picture` and look at what has moved."""
    text = DOCUMENT.read_text()
    assert text == drawn_into(text)


def test_it_shows_every_package_and_all_of_their_layers() -> None:
    contracts = layers_of()
    drawn = picture()
    packages = [package for layer in contracts[""] for package in layer]
    assert {"services.web", "services.realtime", "services.ai", "services.shared"} <= set(packages)
    for package in packages:
        assert f"┌ {package.removeprefix('services.')} ─" in drawn
        for module in (module for layer in contracts.get(package, []) for module in layer):
            assert f" {module} " in drawn, (package, module)
