//! The schema: the same in both engines, and never older than the binary that wrote it.

use std::collections::BTreeMap;

use fluxion_keeper::store::sql::{Location, SqlStore};
use fluxion_keeper::store::{StoreError, TxStore as _};
use sqlx::{PgPool, Row as _, SqlitePool};

use crate::engine::{Engine, on_both_engines};
use crate::transactions::{CHAIN, wanted};

/// STORE-4: a newer schema is refused, and stays untouched.
async fn a_newer_schema_is_refused(engine: Engine) {
    let location = engine.location().await;
    let store = SqlStore::open(&location, "test").await.unwrap();
    store.close().await;
    drop(store);
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'later', TRUE, '', 0)";
    match &location {
        Location::Sqlite(folder) => {
            let pool = sqlite(folder).await;
            sqlx::query(&*later.replace("''", "x''").leak())
                .execute(&pool)
                .await
                .unwrap();
            pool.close().await;
        }
        Location::Postgres { url, .. } => {
            let pool = PgPool::connect(url).await.unwrap();
            sqlx::query(later).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }
    for opened in [
        SqlStore::open(&location, "old").await,
        SqlStore::open_beside(&location).await,
    ] {
        assert!(matches!(opened, Err(StoreError::SchemaNewer { found: 9999, .. })));
    }
}

/// A database that nobody made yet is not made by looking at it.
async fn looking_makes_no_database(engine: Engine) {
    let location = engine.location().await;
    for _ in 0..2 {
        let opened = SqlStore::open_beside(&location).await;
        assert!(matches!(opened, Err(StoreError::File { .. })));
    }
}

on_both_engines!(a_newer_schema_is_refused, looking_makes_no_database);

/// STORE-3: a backup is whole, and never writes over a file.
#[tokio::test]
async fn a_backup_is_a_whole_copy() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqlStore::open_file(dir.path(), "test").await.unwrap();
    store.plan_intents(&[wanted("a")], 1).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("keeper.sqlite");
    store.backup(&to).await.unwrap();
    assert!(matches!(store.backup(&to).await, Err(StoreError::File { .. })));
    drop((store, dir));
    let restored = SqlStore::open_file(copy.path(), "restored").await.unwrap();
    assert_eq!(restored.open_intents(CHAIN).await.unwrap().len(), 1);
}

async fn sqlite(folder: &std::path::Path) -> SqlitePool {
    let url = format!("sqlite://{}", folder.join("keeper.sqlite").display());
    SqlitePool::connect(&url).await.unwrap()
}

/// By table: columns with type, whether they may be null, and place in the primary key; then indexes and references.
type Schema = BTreeMap<String, Vec<String>>;

async fn sqlite_schema(folder: &std::path::Path) -> Schema {
    let pool = sqlite(folder).await;
    let columns = "SELECT m.name AS t, 'column ' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'bigint'
            WHEN 'TEXT' THEN 'text' WHEN 'BLOB' THEN 'bytea' ELSE c.type END
            || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END || ' key ' || c.pk AS line
        FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let indexes = "SELECT m.name AS t, 'index ' || CASE i.origin WHEN 'c' THEN i.name ELSE 'of the table' END || ' '
            || CASE i.\"unique\" WHEN 1 THEN 'unique ' ELSE '' END || CASE i.partial WHEN 1 THEN 'partial ' ELSE '' END
            || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS line
        FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin <> 'pk'";
    let references = "SELECT m.name AS t, 'references ' || f.\"table\" || ' '
            || group_concat(f.\"from\" || '=' || f.\"to\", ',' ORDER BY f.seq) AS line
        FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id, f.\"table\"";
    let mut schema = Schema::new();
    for sql in [columns, indexes, references] {
        for row in sqlx::query(sql).fetch_all(&pool).await.unwrap() {
            schema.entry(row.get("t")).or_default().push(row.get("line"));
        }
    }
    pool.close().await;
    tidy(schema)
}

async fn postgres_schema(url: &str) -> Schema {
    let pool = PgPool::connect(url).await.unwrap();
    let columns = "SELECT c.relname::text AS t, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || ' key '
            || coalesce(array_position(k.conkey, a.attnum), 0) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace";
    let indexes = "SELECT c.relname::text AS t, 'index '
            || CASE WHEN k.oid IS NULL THEN x.relname::text ELSE 'of the table' END || ' '
            || CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
            || CASE WHEN i.indpred IS NOT NULL THEN 'partial ' ELSE '' END
            || (SELECT string_agg(a.attname, ',' ORDER BY n.n) FROM unnest(i.indkey) WITH ORDINALITY AS n (k, n)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.k) AS line
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
        LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype = 'u'
        WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace";
    let references = "SELECT c.relname::text AS t, 'references ' || f.relname || ' '
            || (SELECT string_agg(a.attname || '=' || b.attname, ',' ORDER BY n.n)
                FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS n (f, t, n)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.f
                JOIN pg_attribute b ON b.attrelid = f.oid AND b.attnum = n.t) AS line
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace";
    let mut schema = Schema::new();
    for sql in [columns, indexes, references] {
        for row in sqlx::query(sql).fetch_all(&pool).await.unwrap() {
            schema.entry(row.get("t")).or_default().push(row.get("line"));
        }
    }
    pool.close().await;
    tidy(schema)
}

/// Without what the engines and the migrator keep for themselves.
fn tidy(mut schema: Schema) -> Schema {
    schema.retain(|table, _| !table.starts_with('_') && !table.starts_with("sqlite_"));
    for lines in schema.values_mut() {
        lines.sort();
    }
    schema
}

/// STORE-6: one logical schema, whatever the engine.
#[tokio::test]
async fn both_sets_of_migrations_make_the_same_schema() {
    let (here, there) = (Engine::sqlite(), Engine::postgres());
    let (here, there) = (here.location().await, (there.location().await, there));
    SqlStore::open(&here, "test").await.unwrap().close().await;
    SqlStore::open(&there.0, "test").await.unwrap().close().await;
    let (Location::Sqlite(folder), Location::Postgres { url, .. }) = (&here, &there.0) else {
        panic!()
    };
    let (sqlite, postgres) = (sqlite_schema(folder).await, postgres_schema(url).await);
    assert!(
        sqlite.len() > 10
            && sqlite["slots"]
                .iter()
                .any(|line| line.contains("slots_open_intent unique partial"))
    );
    pretty_assert_same(&sqlite, &postgres);
}

fn pretty_assert_same(left: &Schema, right: &Schema) {
    let lines = |schema: &Schema| {
        let lines = schema
            .iter()
            .flat_map(|(table, lines)| lines.iter().map(move |line| format!("{table}: {line}")));
        lines.collect::<Vec<_>>()
    };
    let (left, right) = (lines(left), lines(right));
    let only = |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>();
    assert_eq!(
        only(&left, &right),
        only(&right, &left),
        "left: only in SQLite, right: only in PostgreSQL"
    );
    assert_eq!(left, right);
}
