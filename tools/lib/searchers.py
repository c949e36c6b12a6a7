# Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
"""The search engines that `tools/bench/search` compares, each over the same events and used as its manual says.

An engine is built from events (number, text, city, type, day), where a text is what people search: performers, title,
venue and city, without case and accents, for the engines do not fold these as ours does. `ask` takes a question and
returns the numbers of at most ten events, the best first; of a question without words, the earliest first.
"""

import pathlib
import re
import shutil
import sqlite3
import subprocess
import unicodedata

import servers


def plain(text):
    """Without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


class Question:
    """One question: what was typed, what was meant, and filters; days are those since 1970."""

    def __init__(self, kind, words, meant, city, type_, first, last):
        self.kind, self.words, self.meant, self.city, self.type = kind, words, meant, city, type_
        self.first, self.last = (int(day) if day else None for day in (first, last))
        self.plain = plain(words)

    def conditions(self, city="city = ", type_="type = ", first="day >= ", last="day <= "):
        """The filters as (text before the value, value), where they are asked for."""
        named = ((city, plain(self.city)), (type_, self.type), (first, self.first), (last, self.last))
        return [(text, value) for text, value in named if value not in ("", None)]


class Sqlite:
    """FTS5's trigram tokenizer, in memory. First all words as parts of the text; where there is nothing, any of their
    trigrams, ranked by bm25."""

    name = "SQLite FTS5 trigram"

    def __init__(self, directory, events):
        self.db = sqlite3.connect(":memory:")
        self.db.execute("CREATE VIRTUAL TABLE event USING fts5(text, tokenize='trigram')")
        self.db.execute("CREATE TABLE fact (number INTEGER PRIMARY KEY, city TEXT, type TEXT, day INTEGER)")
        self.db.executemany("INSERT INTO event(rowid, text) VALUES (?, ?)", ((e[0], e[1]) for e in events))
        self.db.executemany("INSERT INTO fact VALUES (?, ?, ?, ?)", ((e[0], *e[2:]) for e in events))
        self.db.execute("INSERT INTO event(event) VALUES ('optimize')")
        for columns in ("city, day", "type, day", "day"):
            self.db.execute(f"CREATE INDEX fact_{columns.replace(', ', '_')} ON fact ({columns})")
        self.db.execute("ANALYZE")

    def select(self, question, match):
        conditions = question.conditions()
        values = [value for _, value in conditions]
        facts = " AND ".join(text + "?" for text, _ in conditions)
        if match is None:
            return self.db.execute(f"SELECT number FROM fact WHERE {facts} ORDER BY day LIMIT 10", values)
        if not conditions:
            return self.db.execute("SELECT rowid FROM event WHERE event MATCH ? ORDER BY rank LIMIT 10", (match,))
        return self.db.execute(
            "SELECT event.rowid FROM event JOIN fact ON fact.number = event.rowid "
            f"WHERE event MATCH ? AND {facts} ORDER BY event.rank LIMIT 10", [match, *values])

    def ask(self, question):
        words = [word for word in question.plain.replace('"', " ").split() if len(word) >= 3]
        if not question.words:
            return [row[0] for row in self.select(question, None)]
        if not words:
            return []
        found = [row[0] for row in self.select(question, " AND ".join(f'"{word}"' for word in words))]
        if found:
            return found
        grams = sorted({word[i:i + 3] for word in words for i in range(len(word) - 2)})
        return [row[0] for row in self.select(question, " OR ".join(f'"{gram}"' for gram in grams))]

    def close(self):
        self.db.close()


class Postgres:
    """pg_trgm: word similarity (`<%`) found by a GIN index, ordered by its distance; statements prepared."""

    name = "PostgreSQL pg_trgm"
    SETTINGS = {
        "fsync": "off", "shared_buffers": "2GB", "work_mem": "256MB", "maintenance_work_mem": "1GB", "jit": "off",
        "max_parallel_workers_per_gather": "0", "random_page_cost": "1.1", "max_wal_size": "8GB",
    }

    def __init__(self, directory, events):
        import psycopg
        self.server = servers.Postgres(directory)
        self.server.SETTINGS = self.SETTINGS
        self.server.__enter__()
        self.db = psycopg.connect(
            host="127.0.0.1", port=self.server.port, user="postgres", dbname="postgres", autocommit=True,
            prepare_threshold=0)
        self.db.execute("CREATE EXTENSION pg_trgm")
        self.db.execute("CREATE UNLOGGED TABLE event (number int, text text, city text, type text, day int)")
        with self.db.cursor().copy("COPY event FROM STDIN") as copy:
            for event in events:
                copy.write_row(event)
        self.db.execute("CREATE INDEX ON event USING gin (text gin_trgm_ops) WITH (fastupdate = off)")
        for columns in ("city, day", "type, day", "day"):
            self.db.execute(f"CREATE INDEX ON event ({columns})")
        self.db.execute("VACUUM ANALYZE event")
        self.db.execute("SET pg_trgm.word_similarity_threshold = 0.5")

    def ask(self, question):
        conditions = question.conditions()
        values = [value for _, value in conditions]
        where = [text + "%s" for text, _ in conditions]
        order = "day"
        if question.words:
            where.insert(0, "%s <%% text")
            order = "%s <<-> text"
            values = [question.plain, *values, question.plain]
        rows = self.db.execute(
            f"SELECT number FROM event WHERE {' AND '.join(where)} ORDER BY {order} LIMIT 10", values).fetchall()
        return [row[0] for row in rows]

    def close(self):
        self.db.close()
        self.server.__exit__()


class Tantivy:
    """tantivy with a tokenizer of 3-grams, any of which may be there, ranked by BM25."""

    name = "tantivy 3-grams"

    def __init__(self, directory, events):
        import tantivy
        self.tantivy = tantivy
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field("number", stored=True)
        schema.add_text_field("text", tokenizer_name="grams", index_option="freq")
        schema.add_text_field("city", tokenizer_name="raw")
        schema.add_text_field("type", tokenizer_name="raw")
        schema.add_integer_field("day", indexed=True, fast=True)
        self.schema = schema.build()
        self.index = tantivy.Index(self.schema)
        self.index.register_tokenizer(
            "grams", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(3, 3, False)).build())
        writer = self.index.writer(256_000_000, 1)
        for number, text, city, type_, day in events:
            writer.add_document(tantivy.Document(number=number, text=text, city=city, type=type_, day=day))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def ask(self, question):
        t, words = self.tantivy, question.plain
        grams = sorted({words[i:i + 3] for i in range(len(words) - 2)})
        if question.words and not grams:
            return []
        parts = []
        if grams:
            any_gram = [(t.Occur.Should, t.Query.term_query(self.schema, "text", gram)) for gram in grams]
            parts.append((t.Occur.Must, t.Query.boolean_query(any_gram)))
        if question.city:
            parts.append((t.Occur.Must, t.Query.term_query(self.schema, "city", plain(question.city))))
        if question.type:
            parts.append((t.Occur.Must, t.Query.term_query(self.schema, "type", question.type)))
        if question.first is not None:
            days = t.Query.range_query(self.schema, "day", t.FieldType.Integer, question.first, question.last)
            parts.append((t.Occur.Must, days))
        query = t.Query.boolean_query(parts)
        if question.words:
            hits = self.searcher.search(query, 10).hits
        else:
            hits = self.searcher.search(query, 10, order_by_field="day", order=t.Order.Asc).hits
        return [self.searcher.doc(address)["number"][0] for _, address in hits]

    def close(self):
        pass


class OverTheWire:
    """A daemon, asked by one connection: one question, one answer. Its dates are `days` later than those of the events.

    A daemon keeps answers. So that none is given twice, who asks the same again wants one hit more."""

    name = "Box Office over TCP"
    NUMBER = re.compile(rb"^\* event ev-(\d+) ", re.MULTILINE)

    def __init__(self, daemon, days):
        self.days, self.session, self.times = days, daemon.session(), {}
        self.session.must("AS bench")
        self.socket = self.session.socket

    def ask(self, question):
        return self.numbers(self.send(self.line(question)))

    def line(self, question):
        line = "SEARCH "
        if question.words:
            line += '"' + question.words.replace("\\", "\\\\").replace('"', '\\"') + '" '
        if question.city:
            line += f'location="{question.city}" '
        if question.type:
            line += f"type={question.type} "
        if question.first is not None:
            line += f"date={self.date(question.first)}..{self.date(question.last)} "
        self.times[line] = self.times.get(line, -1) + 1
        return f"{line}limit={10 + self.times[line]}\n".encode()

    def date(self, day):
        import datetime
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=day + self.days)

    def send(self, line):
        self.socket.sendall(line)
        reply = self.socket.recv(1 << 16)
        while not (reply.endswith(b"\n") and reply[reply.rfind(b"\n", 0, -1) + 1:].startswith((b"OK", b"ERR"))):
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the daemon closed the connection")
            reply += more
        if reply.startswith(b"ERR"):
            raise RuntimeError(f"{line.decode().strip()} was answered {reply.decode().strip()}")
        return reply

    def numbers(self, reply):
        return [int(number) for number in self.NUMBER.findall(reply)[:10]]

    def close(self):
        self.session.close()


def load(daemon, path):
    """Has a daemon carry out a file of lines, as fast as it takes them; every one must be `OK`."""
    import threading
    with daemon.session(timeout=900) as session:
        data = pathlib.Path(path).read_bytes() + b"PING\n"
        writer = threading.Thread(target=session.socket.sendall, args=(data,), daemon=True)
        writer.start()
        rest = b""
        while not rest.endswith(b"OK pong\n"):
            rest = rest[-64:] if b"\nERR" not in rest else rest
            piece = session.socket.recv(1 << 20)
            if not piece:
                raise ConnectionError("the daemon closed the connection while it was loaded")
            rest += piece
            if b"\nERR" in rest:
                refusal = rest[rest.index(b"\nERR") + 1:].split(b"\n", 1)[0].decode()
                raise RuntimeError(f"a line of {path} was refused: {refusal}")
        writer.join()


ENGINES = {"sqlite": Sqlite, "postgres": Postgres, "tantivy": Tantivy}


def prepare_environment(directory):
    """A virtual environment in the directory with what the engines and the list of misspellings need; its Python."""
    python = directory / "venv" / "bin" / "python"
    if not python.exists():
        import sys
        subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], check=True)
    wanted = "import tantivy, codespell_lib, psycopg"
    if subprocess.run([str(python), "-c", wanted], stderr=subprocess.DEVNULL).returncode != 0:
        print("installing into a virtual environment: codespell, tantivy, psycopg", flush=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "codespell",
                        "tantivy", "psycopg[binary]"], check=True)
    return python


def has_trigrams():
    """Whether PostgreSQL and its pg_trgm are installed: Debian's server brings both."""
    return servers.has_postgres() and shutil.which("setpriv") is not None
