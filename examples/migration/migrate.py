"""Gives every order a status: the table is written anew, in one transaction."""

import sqlite3
import time

db = sqlite3.connect("shop.db", timeout=5, isolation_level=None)
if db.execute("PRAGMA user_version").fetchone()[0] >= 1:
    raise SystemExit("the orders have a status already")

db.execute("BEGIN IMMEDIATE")
db.execute(
    "CREATE TABLE changed (id INTEGER PRIMARY KEY, item TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'open')"
)
db.execute("INSERT INTO changed (id, item) SELECT id, item FROM orders")
time.sleep(1)  # as long as a table of some size takes
db.execute("DROP TABLE orders")
db.execute("ALTER TABLE changed RENAME TO orders")
db.execute("PRAGMA user_version = 1")
db.execute("COMMIT")
