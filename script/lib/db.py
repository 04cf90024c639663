"""Databases for the scripts: exists, clone, drop, lock, and a stamp kept as the database's comment.

The connection comes from the PG* environment variables. A clone takes the filestore along (hard
links: Odoo never rewrites a stored file) and gets an identity of its own.
"""

import os
import shutil
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql


def connect(name="postgres"):
    """Return an autocommit connection."""
    connection = psycopg2.connect(dbname=name)
    connection.autocommit = True
    return connection


def run(statement, *names, values=(), database="postgres"):
    """Execute one statement with quoted identifiers and return its rows."""
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        query = sql.SQL(statement).format(*map(sql.Identifier, names))
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def ping():
    """Fail unless the role can create databases."""
    (row,) = run("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    if not row[0]:
        sys.exit("the role may not create databases")


def exists(name):
    """Exit with 0 if there is such a database."""
    sys.exit(0 if run("SELECT 1 FROM pg_database WHERE datname = %s", values=(name,)) else 1)


def get_stamp(name):
    """Print the stamp of a database (nothing when it has none or does not exist)."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    for (text,) in run(query, values=(name,)):
        print(text or "")


def set_stamp(name, text):
    """Keep a text with the database; a clone does not inherit it."""
    run("COMMENT ON DATABASE {} IS %s", name, values=(text,))


def drop(name):
    """Drop a database (also a locked template) with its filestore; no error when it is absent."""
    if run("SELECT 1 FROM pg_database WHERE datname = %s", values=(name,)):
        run("ALTER DATABASE {} IS_TEMPLATE false", name)
        run("DROP DATABASE {} WITH (FORCE)", name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def clone(source, target):
    """Copy a database and its filestore; the copy gets its own uuid and secret."""
    drop(target)
    run("CREATE DATABASE {} TEMPLATE {}", target, source)
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)
    run(
        "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key IN ('database.uuid', 'database.secret')",
        database=target,
    )


def rename(source, target):
    """Rename a database and its filestore."""
    drop(target)
    run("ALTER DATABASE {} RENAME TO {}", source, target)
    if filestore(source).is_dir():
        filestore(source).rename(filestore(target))


def lock(name):
    """Make a template of it that nobody can open, only copy."""
    run("ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false", name)


def forget_missing_asset(name):
    """Tell a database that the Debian package leaves one (optional) script of `mail` out."""
    run(
        "INSERT INTO ir_asset (name, bundle, directive, path, active, sequence)"
        " VALUES ('not packaged', 'web.assets_backend', 'remove', %s, true, 99)",
        values=("mail/static/lib/selfie_segmentation/selfie_segmentation.js",),
        database=name,
    )


def check_module(name, module):
    """Fail unless the module is installed in that database."""
    query = "SELECT state FROM ir_module_module WHERE name = %s"
    states = [state for (state,) in run(query, values=(module,), database=name)]
    if states != ["installed"]:
        sys.exit(f"{module} is not installed in {name} but {states or 'unknown'}")


def prune(prefix, *keep):
    """Drop the templates with this prefix that no one needs any more."""
    rows = run("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", values=(prefix,))
    for (name,) in rows:
        if name not in keep:
            drop(name)


def filestore(name):
    """Return the folder of a database's attachments."""
    return Path(os.environ["DATA"], "filestore", name)


COMMANDS = (
    ping,
    exists,
    get_stamp,
    set_stamp,
    drop,
    clone,
    rename,
    lock,
    forget_missing_asset,
    check_module,
    prune,
)

if __name__ == "__main__":
    command = {function.__name__.replace("_", "-"): function for function in COMMANDS}
    try:
        command[sys.argv[1]](*sys.argv[2:])
    except psycopg2.Error as error:
        sys.exit(str(error).strip())
