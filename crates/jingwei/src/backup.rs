//! `jingwei backup` and `jingwei restore`: a folder with every table, every picture and a signed manifest,
//! in a form of neither database: what was saved from SQLite can be restored into PostgreSQL.
//!
//! ```text
//! manifest.json          what is in it: rows and digest of each table, size of each picture; signed
//! tables/NAME.jsonl.zst  one row a line, the columns' names in the first
//! files/ab/…             pictures by their content
//! ```
//! The key file is not part of it: keep that elsewhere.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
    progress,
};
use audit::Head;
use indicatif::ProgressBar;
use kernel::{Actor, Refusal};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};
use store::{Db, Dump, Value, binds};
use vault::{Sha256, Vault, hex, sha256, unhex};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this backup: 1.
    pub format: u32,
    /// The program that made it.
    pub version: String,
    /// When, ms UTC.
    pub made_at: i64,
    /// The migrations its schema stands at.
    pub migrations: Vec<String>,
    /// Which keys it needs.
    pub key: String,
    /// Each table.
    pub tables: BTreeMap<String, Contents>,
    /// Each picture's name under `files/` and its size.
    pub files: BTreeMap<String, u64>,
    /// The signature of all this.
    #[serde(default)]
    pub signature: String,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows.
    pub rows: u64,
    /// The sum (mod 2²⁵⁶) of the rows' SHA-256, which does not hang on their order.
    pub digest: String,
}

#[derive(Default)]
struct Digest {
    rows: u64,
    sum: [u64; 4],
}

impl Digest {
    fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        let hash = sha256(line);
        let mut carry = false;
        for (word, bytes) in self.sum.iter_mut().zip(hash.chunks_exact(8)) {
            let n = u64::from_le_bytes([
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
            ]);
            let (a, c1) = word.overflowing_add(n);
            let (b, c2) = a.overflowing_add(u64::from(carry));
            *word = b;
            carry = c1 | c2;
        }
    }
    fn done(&self) -> Contents {
        let bytes: Vec<u8> = self.sum.iter().flat_map(|w| w.to_le_bytes()).collect();
        Contents { rows: self.rows, digest: hex(&bytes) }
    }
}

/// A row as one line of JSON, the same from both databases: booleans as 0 and 1, UUIDs as their bytes.
fn line(values: &[Value]) -> Vec<u8> {
    let cells: Vec<serde_json::Value> = values
        .iter()
        .map(|v| match v {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => i64::from(*b).into(),
            Value::Int(n) => (*n).into(),
            Value::Real(x) => serde_json::json!({ "f": x.to_bits() }),
            Value::Text(t) => t.as_str().into(),
            Value::Bytes(b) => serde_json::json!({ "b": hex(b) }),
            Value::Uuid(u) => serde_json::json!({ "b": hex(u.as_bytes()) }),
        })
        .collect();
    serde_json::to_vec(&cells).unwrap_or_default()
}

fn values(line: &str) -> Option<Vec<Value>> {
    let cells: Vec<serde_json::Value> = serde_json::from_str(line).ok()?;
    cells
        .into_iter()
        .map(|c| {
            Some(match c {
                serde_json::Value::Null => Value::Null,
                serde_json::Value::Number(n) => Value::Int(n.as_i64()?),
                serde_json::Value::String(s) => Value::Text(s),
                serde_json::Value::Object(o) => match (o.get("b"), o.get("f")) {
                    (Some(b), _) => Value::Bytes(unhex(b.as_str()?)?),
                    (_, Some(f)) => Value::Real(f64::from_bits(f.as_u64()?)),
                    _ => return None,
                },
                _ => return None,
            })
        })
        .collect()
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> Failure + '_ {
    move |e| bad(format!("{}: {e}", path.display()))
}

fn sign(vault: &Vault, manifest: &Manifest) -> String {
    let unsigned = Manifest { signature: String::new(), ..manifest.clone() };
    let text = serde_json::to_vec(&unsigned).unwrap_or_default();
    hex(&vault.sign_log(&[b"backup", &text]))
}

async fn dump_table(
    dump: &mut Dump,
    table: &str,
    mut out: Option<&mut dyn std::io::Write>,
    bar: &ProgressBar,
) -> Result<Contents, Refusal> {
    let mut digest = Digest::default();
    let mut first = true;
    let trouble = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::StorageFull => store::rules::FULL.refuse().because(e),
        _ => store::rules::INTERNAL.refuse().because(e),
    };
    dump.table(table, |names, row| {
        if let Some(out) = out.as_mut() {
            if std::mem::take(&mut first) {
                serde_json::to_writer(&mut **out, names).map_err(|e| trouble(e.into()))?;
                out.write_all(b"\n").map_err(trouble)?;
            }
            let text = line(&row);
            out.write_all(&text).and_then(|()| out.write_all(b"\n")).map_err(trouble)?;
            digest.add(&text);
        } else {
            digest.add(&line(&row));
        }
        if digest.rows.is_multiple_of(1024) {
            bar.set_position(bar.position() + 1024);
        }
        Ok(())
    })
    .await?;
    Ok(digest.done())
}

/// The tables saved, in an order in which they can be loaded.
fn saved() -> Vec<&'static str> {
    crate::tables().iter().map(|t| t.name).filter(|n| *n != "migrations").collect()
}

async fn migrations_of(db: &Db) -> Result<Vec<String>, Refusal> {
    let rows: Vec<(String,)> =
        db.ask(&Actor::system("backup"), "SELECT name FROM migrations ORDER BY name", binds![]).await?;
    Ok(rows.into_iter().map(|r| r.0).collect())
}

/// Saves everything into a new folder; it bears its name only when it is whole.
pub async fn backup(config: &Config, to: &Path) -> Done {
    if to.exists() {
        return Err(bad(format!("{} exists already; a backup goes into a new folder", to.display())));
    }
    let db = config.open_current().await?;
    let partial = with_suffix(to, ".partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(io(&partial))?;
    }
    let tables_dir = partial.join("tables");
    fs::create_dir_all(&tables_dir).map_err(io(&tables_dir))?;
    let bar = progress::bar("saving rows", 0, config.json);
    // One snapshot for all tables; pictures are never changed and outlive their rows, so that every
    // picture of the snapshot is there when it is copied.
    let mut dump = db.dump().await?;
    let mut tables = BTreeMap::new();
    for table in saved() {
        let path = tables_dir.join(format!("{table}.jsonl.zst"));
        let file = fs::File::create(&path).map_err(io(&path))?;
        let mut out = zstd::Encoder::new(BufWriter::new(file), 3).map_err(io(&path))?;
        let contents = dump_table(&mut dump, table, Some(&mut out), &bar).await?;
        let file = out
            .finish()
            .and_then(|w| w.into_inner().map_err(std::io::IntoInnerError::into_error))
            .map_err(io(&path))?;
        file.sync_all().map_err(io(&path))?;
        tables.insert(table.to_owned(), contents);
    }
    drop(dump);
    let mut files = BTreeMap::new();
    let source = config.settings().files;
    for name in pictures(&source)? {
        let (from, into) = (source.join(&name), partial.join("files").join(&name));
        if let Some(dir) = into.parent() {
            fs::create_dir_all(dir).map_err(io(dir))?;
        }
        let size = fs::copy(&from, &into).map_err(io(&from))?;
        files.insert(name, size);
    }
    let mut manifest = Manifest {
        format: 1,
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: db.world().now().0,
        migrations: migrations_of(&db).await?,
        key: hex(&db.vault().fingerprint()),
        tables,
        files,
        signature: String::new(),
    };
    manifest.signature = sign(db.vault(), &manifest);
    let path = partial.join("manifest.json");
    fs::write(&path, serde_json::to_vec_pretty(&manifest).unwrap_or_default()).map_err(io(&path))?;
    fs::rename(&partial, to).map_err(io(to))?;
    bar.finish_and_clear();
    tell(config, "saved", &manifest, to);
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn tell(config: &Config, what: &str, manifest: &Manifest, at: &Path) {
    let rows: u64 = manifest.tables.values().map(|t| t.rows).sum();
    if config.json {
        let tables: BTreeMap<&str, u64> = manifest.tables.iter().map(|(n, c)| (n.as_str(), c.rows)).collect();
        println!(
            "{}",
            serde_json::json!({ what: at, "rows": rows, "tables": tables, "files": manifest.files.len() })
        );
    } else {
        println!(
            "{what} {rows} rows of {} tables and {} files: {}",
            manifest.tables.len(),
            manifest.files.len(),
            at.display()
        );
    }
}

/// Pictures under a folder, by their names relative to it; half-written ones are left out.
fn pictures(root: &Path) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.map_err(io(&dir))?.path();
            if path.is_dir() {
                dirs.push(path);
            } else if let Ok(name) = path.strip_prefix(root)
                && let Some(name) = name.to_str()
                && !name.contains("tmp")
            {
                all.push(name.to_owned());
            }
        }
    }
    all.sort();
    Ok(all)
}

/// Restores a backup into a fresh place and compares every table with the manifest.
pub async fn restore(config: &Config, from: &Path) -> Done {
    let path = from.join("manifest.json");
    let text = fs::read(&path).map_err(io(&path))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|e| bad(format!("{}: {e}", path.display())))?;
    if manifest.format != 1 {
        return Err(bad(format!("this backup has form {}; this program reads form 1", manifest.format)));
    }
    let vault = config.vault(false).map_err(|e| {
        bad(format!(
            "{e}. Put the key file of the saved installation at {} first",
            config.key_path().display()
        ))
    })?;
    if hex(&vault.fingerprint()) != manifest.key {
        return Err(bad(format!("{} is not the key file of this backup", config.key_path().display())));
    }
    if sign(&vault, &manifest) != manifest.signature {
        return Err(Failure::DoesNotHold(format!(
            "{}: the signature does not hold; the manifest was changed",
            path.display()
        )));
    }
    let known: Vec<String> = crate::migrations().iter().map(|m| m.name.to_owned()).collect();
    if let Some(newer) = manifest.migrations.iter().find(|m| !known.contains(m)) {
        return Err(bad(format!("the backup was made by a newer Jingwei (it holds migration {newer})")));
    }
    let db = config.open(true).await?;
    if !migrations_of(&db).await.unwrap_or_default().is_empty() {
        return Err(bad(format!("{} is not fresh; restore into an empty database", config.url)));
    }
    // The schema of the backup first; what is newer runs over the restored rows.
    let then: Vec<_> =
        crate::migrations().into_iter().filter(|m| manifest.migrations.iter().any(|n| n == m.name)).collect();
    db.migrate(&then, &|_, _, _| {}).await?;
    let rows: u64 = manifest.tables.values().map(|t| t.rows).sum();
    let bar = progress::bar("loading rows", rows, config.json);
    db.tell(&Actor::system("restore"), "DELETE FROM sequencer", binds![]).await?;
    let mut load = db.load().await?;
    for table in manifest.tables.keys() {
        let path = from.join("tables").join(format!("{table}.jsonl.zst"));
        let file = fs::File::open(&path).map_err(io(&path))?;
        let reader = BufReader::new(zstd::Decoder::new(file).map_err(io(&path))?);
        let mut lines = reader.lines();
        let Some(first) = lines.next() else { continue };
        let names: Vec<String> = first
            .map_err(io(&path))
            .and_then(|l| serde_json::from_str(&l).map_err(|e| bad(format!("{}: {e}", path.display()))))?;
        let damaged = || store::rules::INTERNAL.refuse().because(format!("{table}: a damaged line"));
        let mut rows = lines.map(|l| {
            bar.inc(1);
            l.ok().as_deref().and_then(values).filter(|v| v.len() == names.len()).ok_or_else(damaged)
        });
        load.table(table, &names, &mut rows).await?;
    }
    load.done().await?;
    bar.finish_and_clear();
    let target = config.settings().files;
    for (name, size) in &manifest.files {
        let (saved, into) = (from.join("files").join(name), target.join(name));
        if name.split('/').any(|part| part == "..") || name.starts_with('/') {
            return Err(Failure::DoesNotHold(format!("{name} is no name of a picture")));
        }
        if let Some(dir) = into.parent() {
            fs::create_dir_all(dir).map_err(io(dir))?;
        }
        let copied = fs::copy(&saved, &into).map_err(io(&saved))?;
        if copied != *size {
            return Err(Failure::DoesNotHold(format!("{name} has {copied} bytes, the manifest says {size}")));
        }
        check_picture(&into, name)?;
    }
    // Compared with the source, row by row, as the database gives them back.
    let bar = progress::bar("comparing rows", rows, config.json);
    let mut dump = db.dump().await?;
    for (table, expected) in &manifest.tables {
        let found = dump_table(&mut dump, table, None, &bar).await?;
        if found != *expected {
            return Err(Failure::DoesNotHold(format!(
                "{table} differs from the backup: {} rows instead of {}, or other contents",
                found.rows, expected.rows
            )));
        }
    }
    drop(dump);
    bar.finish_and_clear();
    db.migrate(&crate::migrations(), &|_, _, _| {}).await?;
    let end: Vec<(i64, Vec<u8>)> = db
        .ask(&Actor::system("restore"), "SELECT audit_position, seal FROM sequencer WHERE id = 1", binds![])
        .await?;
    if let Some((position, seal)) = end.first()
        && let Ok(seal) = <[u8; 32]>::try_from(seal.as_slice())
    {
        Head::at(config.head_path()).write(db.vault(), *position, &seal).map_err(bad)?;
    }
    tell(config, "restored", &manifest, from);
    Ok(())
}

/// A picture is named by its content, so its name tells whether it is whole; thumbnails are made from it.
fn check_picture(path: &Path, name: &str) -> Done {
    let digits: String = name.chars().filter(char::is_ascii_hexdigit).collect();
    if digits.len() != 64 {
        return Ok(());
    }
    let mut file = fs::File::open(path).map_err(io(path))?;
    let mut hash = Sha256::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = std::io::Read::read(&mut file, &mut buffer).map_err(io(path))?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
    }
    if hex(&hash.finish()) == digits {
        Ok(())
    } else {
        Err(Failure::DoesNotHold(format!("{name} is damaged")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_map(Value::Real),
            "\\PC{0,12}".prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn rows_survive_their_line(row in proptest::collection::vec(value(), 0..8)) {
            let text = String::from_utf8(line(&row)).unwrap();
            prop_assert!(!text.contains('\n'));
            let back = values(&text).unwrap();
            // Compared as lines, so that a NaN equals itself.
            prop_assert_eq!(line(&back), line(&row));
        }

        #[test]
        fn digests_do_not_hang_on_order_but_on_content(mut rows in proptest::collection::vec("[a-c]{0,3}", 1..8), by in 0usize..8) {
            let sum = |rows: &[String]| { let mut d = Digest::default(); rows.iter().for_each(|r| d.add(r.as_bytes())); d.done() };
            let before = sum(&rows);
            let n = rows.len();
            rows.rotate_left(by % n);
            prop_assert_eq!(sum(&rows), before.clone());
            rows[0].push('x');
            prop_assert_ne!(sum(&rows), before);
        }
    }
}
