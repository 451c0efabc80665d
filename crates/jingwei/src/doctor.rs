//! `jingwei doctor`: looks at an installation and says what is not as it should be.

use crate::{
    config::Config,
    exit::{Done, Failure},
};
use kernel::Actor;
use serde::Serialize;
use store::{Db, binds};

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    detail: String,
}

/// Checks keys, schema, durability, jobs, the audit log's waiting lines, pictures, and that rows are what
/// their events say; exit code 1 when something does not hold.
pub async fn run(config: &Config, deep: bool) -> Done {
    let mut all: Vec<Finding> = Vec::new();
    let mut note = |what, ok, detail: String| all.push(Finding { what, ok, detail });
    let db = config.open(false).await?;
    note("keys", true, format!("{} belongs to this database", config.key_path().display()));
    key_mode(config, &mut note);
    let behind = db.behind(&crate::migrations()).await?;
    note(
        "schema",
        behind == 0,
        if behind == 0 {
            "up to date".into()
        } else {
            format!("{behind} migrations to run: `jingwei migrate`")
        },
    );
    if behind == 0 {
        durability(&db, &mut note).await?;
        let (waiting, due, dead) = jobs::counts(&db).await?;
        note(
            "jobs",
            dead == 0,
            format!("{waiting} wait, {due} are due, {dead} were set aside after failing"),
        );
        let s = db.read(&Actor::system("doctor"), audit::StatusOf).await?;
        let old = s.oldest_unsealed_ms.unwrap_or(0);
        note(
            "audit",
            old < 60_000,
            format!("{} sealed, {} wait, the oldest {:.1} s", s.sealed, s.unsealed, old as f64 / 1000.0),
        );
        let regions: Vec<(kernel::Region, String)> = db
            .ask(&Actor::system("doctor"), "SELECT code, name FROM regions ORDER BY code", binds![])
            .await?;
        note(
            "regions",
            !regions.is_empty(),
            if regions.is_empty() {
                "none yet: `jingwei region add`".into()
            } else {
                format!("{}", regions.len())
            },
        );
        let accounts: Vec<(i64,)> = db
            .ask(
                &Actor::system("doctor"),
                "SELECT count(*) FROM posts p JOIN accounts a ON a.id = p.account WHERE p.role = 'security_administrator' AND NOT a.disabled",
                binds![],
            )
            .await?;
        let n = accounts.first().map_or(0, |r| r.0);
        note("administrators", n > 0, format!("{n} security administrators"));
        let missing = pictures(&db, config).await?;
        note("pictures", missing == 0, format!("{missing} files are missing"));
        if deep {
            for (region, name) in &regions {
                let (seen, differing) = cases::recompute(&db, *region).await?;
                for d in differing.iter().take(5) {
                    tracing::error!(case = %d.case, row = d.row, events = d.events, "row and events differ");
                }
                note(
                    "cases",
                    differing.is_empty(),
                    format!("{name}: {seen} cases replayed from their events, {} differ", differing.len()),
                );
            }
        }
    }
    let failed: Vec<&str> = all.iter().filter(|f| !f.ok).map(|f| f.what).collect();
    if config.json {
        println!("{}", serde_json::json!({ "ok": failed.is_empty(), "findings": all }));
    } else {
        for f in &all {
            println!("{} {:<15} {}", if f.ok { "ok  " } else { "BAD " }, f.what, f.detail);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::DoesNotHold(format!("not as it should be: {}", failed.join(", "))))
    }
}

fn key_mode(config: &Config, note: &mut impl FnMut(&'static str, bool, String)) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if let Ok(meta) = std::fs::metadata(config.key_path()) {
            let mode = meta.permissions().mode() & 0o777;
            note(
                "key file",
                mode & 0o077 == 0,
                format!("mode {mode:03o}; only its owner should read it (chmod 600)"),
            );
        }
    }
    #[cfg(not(unix))]
    let _ = (config, note);
}

async fn durability(db: &Db, note: &mut impl FnMut(&'static str, bool, String)) -> Result<(), Failure> {
    if !db.on_postgres() {
        note("durability", true, "SQLite: write-ahead log, synchronous=FULL".into());
        return Ok(());
    }
    let rows: Vec<(String, String)> = db
        .ask(
            &Actor::system("doctor"),
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')",
            binds![],
        )
        .await?;
    if let Some((fsync, commit)) = rows.first() {
        note(
            "durability",
            fsync == "on" && commit != "off",
            format!("PostgreSQL: fsync {fsync}, synchronous_commit {commit}"),
        );
    }
    Ok(())
}

async fn pictures(db: &Db, config: &Config) -> Result<usize, Failure> {
    let rows: Vec<(Vec<u8>,)> =
        db.ask(&Actor::system("doctor"), "SELECT DISTINCT hash FROM attachments", binds![]).await?;
    let root = config.settings().files;
    Ok(rows
        .iter()
        .filter(|(hash,)| {
            let name = vault::hex(hash);
            name.len() < 4 || !root.join(&name[..2]).join(&name[2..]).exists()
        })
        .count())
}
