"""What no page may do, read from the source: an address without a right, a form that takes everything, a back door."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.urls import URLPattern, URLResolver, get_resolver

from kap_clinic import wiring
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.public_urls import PUBLIC
from kap_clinic.accounts.resources import NOT_PHI, RESOURCES

ROOT = settings.BASE_DIR
CODE = ("kap_clinic", "patients", "screening", "sessions", "integration")


@cache
def sources() -> dict[str, ast.Module]:
    """Our own modules by their path, migrations left out."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for folder in CODE
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    }


def pages() -> dict[str, ast.Module]:
    """The modules that answer requests."""
    return {
        path: tree for path, tree in sources().items() if Path(path).stem == "views" or "views" in Path(path).parts[:-1]
    } | {path: tree for path, tree in sources().items() if path.startswith("kap_clinic/accounts/clinic_settings/")}


def urls(resolver=None, namespaces=()) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from urls(pattern, (*namespaces, pattern.namespace) if pattern.namespace else namespaces)
        else:
            yield ":".join((*namespaces, pattern.name or str(pattern.pattern))), pattern


def found(tree: ast.AST, kind: type[ast.AST]) -> Iterator:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


def dotted(node: ast.AST) -> str:
    """`request.GET.get` of such an expression; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def where(path: str, node: ast.AST) -> str:
    return f"{path}:{node.lineno}: {ast.unparse(node)[:100]}"


# Addresses


def test_every_address_declares_a_permission_or_is_public_with_a_reason():
    undeclared = [
        name
        for name, pattern in urls()
        if name not in PUBLIC and not isinstance(getattr(pattern.callback, "permission", None), Permission)
    ]

    assert not undeclared


def test_what_is_public_is_open_and_what_is_open_is_public():
    by_name = dict(urls())
    open_to_all = {name for name, pattern in by_name.items() if not getattr(pattern.callback, "login_required", True)}

    assert set(PUBLIC) == open_to_all
    assert all(PUBLIC.values())


def test_every_address_has_a_name_of_its_own_and_every_reference_in_it_is_a_uuid():
    names = [name for name, _ in urls()]
    assert len(names) == len(set(names))

    counters = [
        f"{name}: {pattern.pattern}"
        for name, pattern in urls()
        if re.search(r"<(int|str):", str(pattern.pattern)) and name not in NO_REFERENCE
    ]
    assert not counters


# Numbers and texts in addresses that name no patient's row (SEC-56).
NO_REFERENCE = {
    "end_session": "one of one's own sessions",
    "remove_factor": "one of one's own second factors",
    "new_password": "the token of a mailed link",
    "invitation_link": "the token of a mailed link",
}


def test_the_admin_site_is_not_mounted():
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not [name for name, pattern in urls() if "admin" in str(pattern.pattern)]


# Models


def test_every_model_declares_its_resource_or_that_it_is_not_phi():
    models = {model._meta.label for model in apps.get_models()}
    declared = set(RESOURCES) | set(NOT_PHI)

    assert not set(RESOURCES) & set(NOT_PHI)
    assert sorted(models - declared) == [], "declare them in kap_clinic/accounts/resources.py"
    assert sorted(declared - models) == []


@pytest.mark.parametrize("label", RESOURCES)
def test_what_a_model_declares_is_there(label):
    model, resource = apps.get_model(label), RESOURCES[label]
    papers = {"paper"}  # a paper carries the permission of what it prints
    assert resource.name in {permission.resource for permission in Permission} | papers

    paths = [resource.patient or "", resource.author, resource.at, resource.submitted]
    for path in filter(None, paths):
        here = model
        for name in path.split("__"):
            try:
                field = here._meta.get_field(name)
            except FieldDoesNotExist:
                field = here._meta.get_field(f"{name}_id")
            here = field.related_model or here
    if resource.patient:
        assert follow(model, resource.patient)._meta.label == "patients.Patient"


def follow(model, path):
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return model


# Forms (SEC-06)


def test_forms_list_their_fields():
    faults = []
    for path, tree in sources().items():
        for meta in (node for node in found(tree, ast.ClassDef) if node.name == "Meta"):
            for line in found(meta, ast.Assign):
                name = line.targets[0].id if isinstance(line.targets[0], ast.Name) else ""
                takes_all = name == "fields" and not isinstance(line.value, ast.List | ast.Tuple)
                if name == "exclude" or (takes_all and "model" in ast.unparse(meta)):
                    faults.append(where(path, line))
        for node in (*found(tree, ast.Constant), *found(tree, ast.keyword)):
            if getattr(node, "value", None) == "__all__" or getattr(node, "arg", None) == "exclude":
                faults.append(f"{path}: {ast.unparse(node)}")

    assert not [fault for fault in faults if "__all__ =" not in fault]


def test_what_a_browser_sends_never_becomes_keywords_or_column_names():
    faults = []
    for path, tree in sources().items():
        for call in found(tree, ast.Call):
            sent = [k.value for k in call.keywords if k.arg is None]
            if dotted(call.func).rpartition(".")[2] in {
                "order_by",
                "values",
                "values_list",
                "only",
                "defer",
                "annotate",
            }:
                sent += call.args
            faults += [
                where(path, call) for value in sent if re.search(r"request\.(GET|POST|body)", ast.unparse(value))
            ]

    assert not faults


# Pages reach rows through the loader (SEC-03)

# Rows about patients that a page reaches in another way, each with the reason.
OTHER_WAYS: dict[str, str] = {}
PHI = {label.partition(".")[2] for label, resource in RESOURCES.items() if resource.patient is not None}


def test_pages_reach_rows_about_patients_only_through_the_loader():
    faults = [
        where(path, node)
        for path, tree in pages().items()
        for node in found(tree, ast.Attribute)
        if node.attr in {"objects", "_default_manager", "_base_manager"}
        and dotted(node.value).rpartition(".")[2] in PHI
        and path not in OTHER_WAYS
    ]

    assert not faults, "\n".join(faults)


def test_pages_that_take_a_reference_ask_the_loader_for_it():
    """A view with a reference in its address calls `find`, or says what else it does."""
    faults = []
    for path, tree in pages().items():
        for view in found(tree, ast.FunctionDef):
            takes = [a.arg for a in view.args.args if a.arg.endswith("ref")]
            declares = any("requires" in ast.unparse(decorator) for decorator in view.decorator_list)
            if takes and declares and "find(" not in ast.unparse(view) and view.name not in OWN_ROWS:
                faults.append(where(path, view))

    assert not faults, "\n".join(faults)


# Views whose reference is of a row that belongs to the person alone, or of none about a patient.
OWN_ROWS = {
    "held_post": "what one sent oneself",
    "drop_held": "what one sent oneself",
    "restore": "a version of a setting",
}


# Rights are asked of may() (SEC-02)

# Where roles are named to say something else than who may, each with the reason.
ROLES_NAMED = {
    "patients/course/rules.py": "the table of moves of the protocol says which role signs each",
    "patients/record/terms.py": "which roles can stand on a care team",
    "patients/record/actions.py": "who can stand on a care team",
    "patients/record/selectors.py": "who can stand on a care team; whose name stands in the banner",
    "patients/tasks/": "whose task it is",
    "patients/consents/": "whose names a consent says",
    "kap_clinic/desk/tasks/": "whose task it is",
    "patients/course/": "whose move it is",
    "sessions/visits/": "as what somebody is in a visit",
    "sessions/gate/": "who is in the room, and that the therapist waives an integration",
    "kap_clinic/desk/banner.py": "whose name stands in the banner",
}


def test_nothing_compares_roles_outside_of_access_control():
    faults = []
    for path, tree in sources().items():
        if path.startswith(("kap_clinic/accounts/", "kap_clinic/dev/")) or any(path.startswith(p) for p in ROLES_NAMED):
            continue
        faults += [where(path, node) for node in found(tree, ast.Compare) if "Role." in ast.unparse(node)]
        faults += [where(path, node) for node in found(tree, ast.Attribute) if node.attr == "roles"]
        faults += [where(path, node) for node in found(tree, ast.keyword) if (node.arg or "").startswith("roles")]

    assert not faults, "\n".join(faults)


def test_no_template_asks_for_a_role():
    asks = re.compile(r"\{%\s*(?:if|elif)[^%]*(?:\.roles|\brole\b[^%]*==|is_staff|is_superuser|perms\.)")

    faults = [path.relative_to(ROOT) for path in (ROOT / "templates").rglob("*.html") if asks.search(path.read_text())]

    assert not faults


# Doors that stay shut

# Words of our own that go into a page as they are, each with the reason.
OWN_MARKUP = {"kap_clinic/web/templatetags/kap.py": "icons from our own sprite, JSON escaped for a script element"}
OWN_SQL = ("kap_clinic/wall.py", "kap_clinic/audit/", "kap_clinic/dev/")


def test_nothing_is_exempt_from_the_check_against_forged_forms():
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE
    faults = [
        where(path, node)
        for path, tree in sources().items()
        for node in (*found(tree, ast.Name), *found(tree, ast.Attribute))
        if "csrf_exempt" in ast.unparse(node)
    ]
    assert not faults


def test_every_form_that_posts_carries_the_token():
    form = re.compile(r"<form[^>]*method=[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL)

    faults = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        for match in form.finditer(path.read_text())
        if "csrf_token" not in match[0] and "{% crispy" not in match[0]  # crispy writes it by itself
    ]

    assert not faults


def test_nothing_is_marked_safe():
    marks = ("mark_safe", "SafeText", "html_safe", "autoescape")
    faults = [
        where(path, node)
        for path, tree in sources().items()
        if path not in OWN_MARKUP
        for node in found(tree, ast.Call)
        if dotted(node.func).rpartition(".")[2] in marks
        or (dotted(node.func).endswith("format_html") and node.args and not isinstance(node.args[0], ast.Constant))
    ]
    raw = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b")
    faults += [str(path) for path in (ROOT / "templates").rglob("*") if path.is_file() and raw.search(path.read_text())]

    assert not faults, "\n".join(faults)


def test_scripts_write_no_markup_from_data():
    writes = re.compile(r"\.(?:innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(")

    faults = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in (ROOT / "static").rglob("*.js")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if writes.search(line)
    ]

    assert not faults, "\n".join(faults)


def test_no_query_is_put_together_from_values():
    """Text that goes to the database is a constant, values go beside it. Wall and audit chain join constants."""
    faults = []
    for path, tree in sources().items():
        for call in found(tree, ast.Call):
            name = dotted(call.func).rpartition(".")[2]
            if name not in {"execute", "executemany", "raw", "extra", "RawSQL", "RunSQL"} or not call.args:
                continue
            joined = isinstance(call.args[0], ast.JoinedStr | ast.BinOp) or (
                isinstance(call.args[0], ast.Call) and dotted(call.args[0].func).endswith("format")
            )
            if joined and not path.startswith(OWN_SQL):
                faults.append(where(path, call))

    assert not faults, "\n".join(faults)


def test_every_exception_from_the_check_for_built_queries_says_why():
    faults = []
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                if "noqa: S608" in line and not (re.search(r"noqa: S608\s+#\s*\w+", line) or "/audit" in str(path)):
                    faults.append(f"{path.relative_to(ROOT)}:{number}")

    assert not faults


def test_nobody_is_sent_where_a_browser_asked_without_a_check():
    faults = [
        where(path, call)
        for path, tree in sources().items()
        for call in found(tree, ast.Call)
        if dotted(call.func).rpartition(".")[2] in {"redirect", "HttpResponseRedirect"}
        and call.args
        and re.search(r"request\.(GET|POST|META|headers)|get_full_path", ast.unparse(call.args[0]))
        and "safe_next" not in ast.unparse(call.args[0])
    ]

    assert not faults, "\n".join(faults)


# The one way up


def test_every_name_of_the_wiring_leads_to_a_function():
    from django.utils.module_loading import import_string

    for names in wiring.TABLE.values():
        assert all(callable(import_string(name)) for name in names)
