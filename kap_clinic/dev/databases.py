"""Making, migrating and cloning databases on one server, as its superuser."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROLES = Path(__file__).with_name("roles.sql")
OWNER, APP = "kap_owner", "kap_app"
FIRST_WITH_BUILTIN_LOCALE = 170000  # server version number
MADE_OF = ("migrations/*.py", "models.py", "models/*.py", "apps.py")
ALSO_MADE_OF = ("kap_clinic/settings.py", "kap_clinic/wall.py", "requirements.lock", "kap_clinic/dev/roles.sql")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server and its superuser's address. An embedded one lets everyone in by name."""

    url: str
    embedded: bool

    def login(self, role: str, database: str) -> str:
        """The address to connect to as a role; on a given server the superuser's login, acting as the role."""
        parts = urlsplit(self.url)._replace(path=f"/{quote(database)}")
        if self.embedded:
            return urlunsplit(parts._replace(netloc=f"{role}@"))
        query = [*parse_qsl(parts.query), ("options", f"-c role={role}")]
        return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))

    def environment(self, role: str, database: str) -> dict[str, str]:
        """The same for our settings."""
        parts = urlsplit(self.url)._replace(path=f"/{quote(database)}")
        if self.embedded:
            return {"DATABASE_URL": urlunsplit(parts._replace(netloc=f"{role}@")), "DATABASE_ROLE": ""}
        return {"DATABASE_URL": urlunsplit(parts), "DATABASE_ROLE": role}

    @contextmanager
    def admin(self, database: str | None = None) -> Iterator[psycopg.Connection]:
        url = self.url if database is None else urlunsplit(urlsplit(self.url)._replace(path=f"/{quote(database)}"))
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection

    def has(self, database: str) -> bool:
        with self.admin() as admin:
            return bool(admin.execute("select 1 from pg_database where datname = %s", [database]).fetchone())

    def create(self, database: str) -> None:
        """An empty database with the roles set up; it sorts the same way on every machine."""
        with self.admin() as admin:
            admin.execute(sql.SQL("create database {} ").format(sql.Identifier(database)) + _locale(admin))
        with self.admin(database) as inside:
            inside.execute(ROLES.read_bytes())

    def clone(self, template: str, database: str) -> None:
        """A copy of the template, about 30 ms. Rights on the database itself are not copied, so they are said again."""
        names = {"template": sql.Identifier(template), "name": sql.Identifier(database), "owner": sql.Identifier(OWNER)}
        with self.admin() as admin:
            admin.execute(sql.SQL("create database {name} template {template} owner {owner}").format(**names))
            admin.execute(sql.SQL("revoke temporary on database {name} from public").format(**names))

    def rename(self, database: str, name: str) -> None:
        with self.admin() as admin:
            admin.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(database), sql.Identifier(name))
            )

    def drop(self, database: str) -> None:
        with self.admin() as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))


def _locale(admin: psycopg.Connection) -> sql.SQL:
    if admin.info.server_version >= FIRST_WITH_BUILTIN_LOCALE:
        return sql.SQL("template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'")
    return sql.SQL("template template0 encoding 'UTF8' locale 'C.UTF-8'")


def migrations_in(root: Path) -> dict[str, str]:
    """Each migration and what every one of them stands on, with a digest of its text."""
    paths = [*root.glob("*/migrations/*.py"), *root.glob("*/*/migrations/*.py")]
    paths += [root / name for name in ("kap_clinic/wall.py", "requirements.lock", "kap_clinic/dev/roles.sql")]
    ours = [path for path in paths if not path.is_relative_to(root / ".venv")]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in ours}


def schema_digest(root: Path) -> str:
    """Changes whenever the migrated database could."""
    code = [folder for folder in root.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    paths = {path for folder in code for pattern in MADE_OF for path in folder.rglob(pattern)}
    paths |= {root / name for name in ALSO_MADE_OF}
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
