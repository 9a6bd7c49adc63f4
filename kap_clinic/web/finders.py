"""Which files of which npm packages may be served: the ones listed in NPM_ASSETS, under `npm/`, and no others."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core import checks
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "npm"
HOW_TO_GET_THEM = "npm ci --ignore-scripts --no-audit --no-fund"


class NpmFinder(BaseFinder):
    """Serves `npm/<package>/<path>` from NPM_ROOT when NPM_ASSETS lists a pattern for that path."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.NPM_ROOT)
        self.assets: dict[str, list[str]] = settings.NPM_ASSETS
        self.storage = FileSystemStorage(location=self.root)
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]  # collectstatic puts it before each path

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return all_packages_are_there()

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:  # type: ignore[override]
        """The file behind `npm/...`, or an empty list. Steps out of the folder are never followed."""
        wanted = PurePosixPath(path)
        if wanted.parts[:1] != (PREFIX,) or ".." in wanted.parts:
            return []
        inside = PurePosixPath(*wanted.parts[1:])
        file = self.root / inside
        if not self._is_listed(inside) or not file.is_file():
            return []
        return [str(file)] if find_all else str(file)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        for package, patterns in self.assets.items():
            for pattern in patterns:
                for file in sorted((self.root / package).glob(pattern)):
                    path = file.relative_to(self.root).as_posix()
                    if file.is_file() and not matches_patterns(path, ignore_patterns or []):
                        yield path, self.storage

    def _is_listed(self, path: PurePosixPath) -> bool:
        return any(
            PurePosixPath(f"/{path}").match(f"/{package}/{pattern}")
            for package, patterns in self.assets.items()
            for pattern in patterns
        )


def all_packages_are_there(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Name each listed package or file that is not installed, and the command that brings it."""
    root = Path(settings.NPM_ROOT)
    return [
        checks.Error(f"{what} is missing.", hint=f"Run `{HOW_TO_GET_THEM}`.", id="web.E001")
        for package, patterns in settings.NPM_ASSETS.items()
        for what in _missing(root, package, patterns)
    ]


def _missing(root: Path, package: str, patterns: list[str]) -> Iterator[str]:
    if not (root / package).is_dir():
        yield f"The npm package {package}"
        return
    for pattern in patterns:
        if not any((root / package).glob(pattern)):
            yield f"The file {pattern} of the npm package {package}"
