//! Measures the built server over HTTP, beside bare commits of the same rows by the driver in the same run.
#![forbid(unsafe_code)]

use clap::Parser;
use jingwei_bench::{
    Fallible,
    http::{As, Conn, sign_in, without_call_backs},
    luck::{Luck, now_ms},
    server::{Cpu, Place, postmaster},
    sql::{Sql, connect, fresh},
};
use serde_json::{Value as Json, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

const REGION: &str = "990101";
/// Unit officers who look at their lists and accept.
const OFFICERS: usize = 8;

/// Measures Jingwei over HTTP
#[derive(Parser, Clone)]
#[command(after_help = "Example:\n  scripts/postgres.sh run -- target/release/jingwei-bench --db both")]
struct Args {
    /// sqlite, postgres (at JINGWEI_TEST_PG) or both
    #[arg(long, default_value = "both", value_parser = ["sqlite", "postgres", "both"])]
    db: String,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Connections at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=500))]
    connections: u64,
    /// Measure lists at so many cases; 0 measures none
    #[arg(long, default_value = "100000,1000000", value_delimiter = ',')]
    cases: Vec<i64>,
    /// How many of the last size's cases, all made open, are overdue at once; 0 leaves this out
    #[arg(long, default_value_t = 60_000)]
    overdue: i64,
    /// The server's program; `jingwei` beside this one when absent
    #[arg(long, env = "JINGWEI_BIN")]
    bin: Option<PathBuf>,
    /// Where the databases of the run are made; the folder of temporary files when absent
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Where the figures go
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
}

/// Times taken, in microseconds, and the span they were taken in.
#[derive(Default)]
struct Times {
    all: Vec<u32>,
    span: f64,
    refused: usize,
    example: String,
    /// All that were answered, the first tenth too.
    answered: usize,
}

impl Times {
    fn figures(&mut self) -> Json {
        self.all.sort_unstable();
        let n = self.all.len();
        let at = |p: usize| {
            self.all.get((n * p / 100).min(n.saturating_sub(1))).map_or(0.0, |t| f64::from(*t) / 1000.0)
        };
        json!({
            "n": n, "per_second": (n as f64 / self.span.max(1e-9)).round(), "refused": self.refused, "example": self.example,
            "p50_ms": at(50), "p95_ms": at(95), "p99_ms": at(99), "max_ms": at(100),
        })
    }
}

fn show(name: &str, f: &Json) {
    let number = |key: &str| f[key].as_f64().unwrap_or(0.0);
    println!(
        "  {name:<34} {:>8.0}/s   p50 {:>7.2}  p95 {:>7.2}  p99 {:>7.2} ms   ({} done, {} refused)",
        number("per_second"),
        number("p50_ms"),
        number("p95_ms"),
        number("p99_ms"),
        f["n"],
        f["refused"]
    );
    if let (Some(server), Some(database)) = (f["server_cpu_us"].as_f64(), f["database_cpu_us"].as_f64()) {
        println!(
            "  {:<34} {server:>8.0} µs of processor in the server, {database:.0} in PostgreSQL, each",
            ""
        );
    }
    if f["refused"].as_u64().unwrap_or(0) > 0 {
        println!("  {:<34} such as {}", "", f["example"]);
    }
}

/// A case of a connection, at a version.
type Known = (Uuid, i64);

/// One connection's share of a measurement: what to send next, and what it learns from the answer.
struct Line {
    luck: Luck,
    cases: Vec<Known>,
    moved: Vec<Known>,
}

#[derive(Clone)]
struct Cast {
    intake: As,
    dispatcher: As,
    supervisor: As,
    officers: Vec<(As, String)>,
    item: String,
    points: Arc<Vec<(String, String)>>,
}

/// A request, and the case it is about.
struct Asked {
    method: &'static str,
    path: String,
    who: As,
    key: Option<Uuid>,
    body: String,
    case: Option<Known>,
}

type Ask = dyn Fn(&Cast, &mut Line, usize) -> Option<Asked> + Send + Sync;

/// Sends what `ask` says on all connections for so long; the first tenth is not counted.
async fn drive(
    to: SocketAddr,
    cast: &Cast,
    lines: &mut Vec<Line>,
    time: Duration,
    ask: Arc<Ask>,
) -> Fallible<Times> {
    let begin = Instant::now();
    let (from, until) = (begin + time / 10, begin + time);
    let mut tasks = Vec::new();
    for (i, mut line) in lines.drain(..).enumerate() {
        let (ask, cast) = (ask.clone(), cast.clone());
        tasks.push(tokio::spawn(async move {
            let mut conn = Conn::open(to).await?;
            let (mut times, mut refused, mut example) = (Vec::new(), 0usize, String::new());
            let mut answered = 0usize;
            let mut last = from;
            while Instant::now() < until {
                let Some(a) = ask(&cast, &mut line, i) else { break };
                let start = Instant::now();
                let answer = conn.send(a.method, &a.path, &a.who, a.key, &a.body).await?;
                let end = Instant::now();
                if !matches!(answer.status, 200 | 201) {
                    refused += 1;
                    example = format!("{} {}: {} {}", a.method, a.path, answer.status, answer.text());
                    continue;
                }
                line.moved.extend(a.case);
                answered += 1;
                if start >= from {
                    times.push((end - start).as_micros() as u32);
                    last = end;
                }
            }
            Ok::<_, std::io::Error>((line, times, refused, example, last, answered))
        }));
    }
    let mut all = Times::default();
    let mut last = from;
    for task in tasks {
        let (mut line, times, refused, example, end, answered) = task.await??;
        line.cases = std::mem::take(&mut line.moved);
        all.all.extend(times);
        all.refused += refused;
        all.answered += answered;
        if !example.is_empty() {
            all.example = example;
        }
        last = last.max(end);
        lines.push(line);
    }
    all.span = (last - from).as_secs_f64();
    Ok(all)
}

const TEXT: &str = "云桥路与府前街路口东南角的井盖破损，夜间行人容易踩空，请尽快派人处理。";

fn report(cast: &Cast, line: &mut Line, _: usize) -> Option<Asked> {
    let id = line.luck.id();
    let (lon, lat) = &cast.points[line.luck.below(cast.points.len() as u64) as usize];
    Some(Asked {
        method: "POST",
        path: format!("/api/regions/{REGION}/cases"),
        who: cast.intake.clone(),
        key: Some(id),
        body: format!(r#"{{"id":"{id}","text":"{TEXT}","place":"云桥路 12 号","lon":{lon},"lat":{lat}}}"#),
        case: Some((id, 1)),
    })
}

/// Each connection works with its own officer's unit, so that the unit that got a case is the one to accept it.
fn step(kind: &'static str) -> Arc<Ask> {
    Arc::new(move |cast: &Cast, line: &mut Line, i: usize| {
        let (case, version) = line.cases.pop()?;
        let (officer, unit) = &cast.officers[i % cast.officers.len()];
        let (who, more) = match kind {
            "file" => (&cast.intake, format!(r#","item":"{}""#, cast.item)),
            "dispatch" => (&cast.dispatcher, format!(r#","unit":"{unit}""#)),
            "accept" => (officer, String::new()),
            "submit" => (officer, r#","result":"井盖已更换并复核""#.into()),
            "verify" => (&cast.supervisor, String::new()),
            _ => (&cast.dispatcher, String::new()),
        };
        Some(Asked {
            method: "POST",
            path: format!("/api/regions/{REGION}/cases/{case}/{kind}"),
            who: who.clone(),
            key: Some(line.luck.id()),
            body: format!(r#"{{"version":{version}{more}}}"#),
            case: Some((case, version + 1)),
        })
    })
}

fn todo(cast: &Cast, line: &mut Line, i: usize) -> Option<Asked> {
    let turn = i + line.luck.below(cast.officers.len() as u64) as usize;
    Some(Asked {
        method: "GET",
        path: format!("/api/regions/{REGION}/cases?view=todo&limit=50"),
        who: cast.officers[turn % cast.officers.len()].0.clone(),
        key: None,
        body: String::new(),
        case: None,
    })
}

async fn cast(
    place: &Place,
    to: SocketAddr,
    officers: &[(String, String)],
    password: &str,
) -> Fallible<Cast> {
    let told = place.sign_ins()?;
    let signed = async |role: &str| -> Fallible<As> {
        let account = told["accounts"].as_array().into_iter().flatten().find(|a| a["role"] == json!(role));
        let account = account.ok_or_else(|| format!("the demo has no {role}"))?;
        let text = |name: &str| account[name].as_str().unwrap_or_default();
        Ok(sign_in(to, text("username"), text("password")).await?.0)
    };
    without_call_backs(to, &REGION.to_string(), &signed("catalogue_steward").await?).await?;
    let intake = signed("intake_operator").await?;
    let items =
        Conn::open(to).await?.send("GET", &format!("/api/regions/{REGION}/items"), &intake, None, "").await?;
    let item = items.json()["items"][0]["code"].clone();
    let mut signed_officers = Vec::new();
    for (username, unit) in officers {
        signed_officers.push((sign_in(to, username, password).await?.0, unit.clone()));
    }
    let sql = Sql::of(place).await?;
    let rows = sql.rows("SELECT lon, lat FROM cases WHERE lon IS NOT NULL").await?;
    let points = rows.into_iter().filter_map(|r| Some((r[0].clone()?, r[1].clone()?))).collect();
    Ok(Cast {
        intake,
        dispatcher: signed("dispatcher").await?,
        supervisor: signed("supervisor").await?,
        officers: signed_officers,
        item: item.as_str().map_or_else(|| item.to_string(), str::to_owned),
        points: Arc::new(points),
    })
}

/// What a real report left behind, to be written again by the bare driver.
#[derive(Clone)]
struct Pattern {
    account: Uuid,
    grid: Option<i64>,
    lon: f64,
    lat: f64,
    title: String,
    data: String,
    detail: String,
    answer: usize,
}

impl Pattern {
    async fn of(sql: &Sql, case: Uuid) -> Fallible<Pattern> {
        let hex = case.simple();
        let is = |column: &str| match sql.on_postgres() {
            true => format!("{column} = '{case}'"),
            false => format!("{column} = x'{hex}'"),
        };
        let row = |rows: Vec<Vec<Option<String>>>| -> Fallible<Vec<Option<String>>> {
            Ok(rows.into_iter().next().ok_or("the pattern's rows are not there")?)
        };
        let c = row(sql
            .rows(&format!("SELECT idhex(reporter)!, grid, lon, lat FROM cases WHERE {}", is("id")))
            .await?)?;
        let t = row(sql.rows(&format!("SELECT title FROM case_texts WHERE {}", is("case_id"))).await?)?;
        let e = row(sql.rows(&format!("SELECT data FROM events WHERE {}", is("stream"))).await?)?;
        let l =
            row(sql.rows(&format!("SELECT detail FROM audit_lines WHERE object = 'case/{case}'")).await?)?;
        let a = row(sql.rows(&format!("SELECT length(answer) FROM answers WHERE {}", is("key"))).await?)?;
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        Ok(Pattern {
            account: Uuid::parse_str(&text(&c[0]))?,
            grid: c[1].as_deref().and_then(|g| g.parse().ok()),
            lon: text(&c[2]).parse()?,
            lat: text(&c[3]).parse()?,
            title: text(&t[0]),
            data: text(&e[0]),
            detail: text(&l[0]),
            answer: text(&a[0]).parse()?,
        })
    }
}

const CASES: &str = "INSERT INTO cases (region, id, number, channel, grid, lon, lat, reporter, stage, round, version, urgent,
  verified, reported_at, act_by, updated_at, open) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 1, 1, $9, $9, $10, $11, $10, $12)";
const TEXTS: &str =
    "INSERT INTO case_texts (region, case_id, title, place, text) VALUES ($1, $2, $3, $4, $5)";
const CODES: &str = "INSERT INTO tracking_codes (code, region, case_id) VALUES ($1, $2, $3)";
const EVENTS: &str = "INSERT INTO events (region, stream, n, at, kind, account, role, data) VALUES ($1, $2, 1, $3, $4, $5, $6, $7)";
const LINES: &str =
    "INSERT INTO audit_lines (region, at, actor_kind, actor, action, object, detail, request, mac)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const ANSWERS: &str =
    "INSERT INTO answers (region, who, key, hash, answer, at) VALUES ($1, $2, $3, $4, $5, $6)";

fn noise(luck: &mut Luck, n: usize) -> Vec<u8> {
    let mut all: Vec<u8> = (0..n.div_ceil(8)).flat_map(|_| luck.bits().to_be_bytes()).collect();
    all.truncate(n);
    all
}

/// The same rows by rusqlite: as many threads, each with its connection, one transaction each. They take turns
/// by a lock rather than by SQLite's own waiting, which sleeps longer than a commit lasts.
fn bare_sqlite(file: &Path, p: &Pattern, threads: usize, time: Duration) -> Fallible<Times> {
    let turn = Mutex::new(());
    let begin = Instant::now();
    let from = begin + time / 10;
    let results: Vec<Fallible<Vec<u32>>> = std::thread::scope(|s| {
        let work = (0..threads).map(|i| {
            let turn = &turn;
            s.spawn(move || -> Fallible<Vec<u32>> {
                let conn = rusqlite::Connection::open(file)?;
                conn.busy_timeout(Duration::from_secs(15))?;
                conn.execute_batch(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384",
                )?;
                let mut luck = Luck::new(now_ms() ^ (i as u64) << 48);
                let (region, mut times) = (990_101i64, Vec::new());
                while begin.elapsed() < time {
                    let (id, request, now) = (luck.id(), luck.id(), now_ms() as i64);
                    let (code, mac, hash, answer) = (
                        noise(&mut luck, 32),
                        noise(&mut luck, 32),
                        noise(&mut luck, 32),
                        noise(&mut luck, p.answer),
                    );
                    let number = format!("{REGION}-{:x}", luck.bits());
                    let (object, actor) = (format!("case/{id}"), p.account.to_string());
                    let b = |u: Uuid| u.into_bytes();
                    let start = Instant::now();
                    let mine = turn.lock().unwrap_or_else(|e| e.into_inner());
                    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
                    conn.prepare_cached(CASES)?.execute(rusqlite::params![
                        region,
                        b(id),
                        number,
                        "web",
                        p.grid,
                        p.lon,
                        p.lat,
                        b(p.account),
                        0,
                        now,
                        now + 3_600_000,
                        1
                    ])?;
                    conn.prepare_cached(TEXTS)?.execute(rusqlite::params![
                        region,
                        b(id),
                        p.title,
                        "云桥路 12 号",
                        TEXT
                    ])?;
                    conn.prepare_cached(CODES)?.execute(rusqlite::params![code, region, b(id)])?;
                    conn.prepare_cached(EVENTS)?.execute(rusqlite::params![
                        region,
                        b(id),
                        now,
                        "report",
                        b(p.account),
                        "reporter",
                        p.data
                    ])?;
                    conn.prepare_cached(LINES)?.execute(rusqlite::params![
                        region,
                        now,
                        "account",
                        actor,
                        "case.report",
                        object,
                        p.detail,
                        b(request),
                        mac
                    ])?;
                    conn.prepare_cached(ANSWERS)?.execute(rusqlite::params![
                        region,
                        b(p.account),
                        b(id),
                        hash,
                        answer,
                        now
                    ])?;
                    conn.prepare_cached("COMMIT")?.execute([])?;
                    drop(mine);
                    if start >= from {
                        times.push(start.elapsed().as_micros() as u32);
                    }
                }
                Ok(times)
            })
        });
        let running: Vec<_> = work.collect();
        running.into_iter().map(|t| t.join().unwrap_or_else(|_| Err("a panic".into()))).collect()
    });
    let mut all = Times { span: (time - time / 10).as_secs_f64(), ..Times::default() };
    for r in results {
        all.all.extend(r?);
    }
    Ok(all)
}

/// The same rows by tokio-postgres: as many connections, prepared statements, each awaited before the next.
async fn bare_postgres(url: &str, p: &Pattern, connections: usize, time: Duration) -> Fallible<Times> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        let c = connect(url).await?;
        let mut s = Vec::new();
        for sql in [CASES, TEXTS, CODES, EVENTS, LINES, ANSWERS] {
            s.push(c.prepare(sql).await?);
        }
        clients.push((c, s));
    }
    let begin = Instant::now();
    let from = begin + time / 10;
    let mut tasks = Vec::new();
    for (i, (c, s)) in clients.into_iter().enumerate() {
        let p = p.clone();
        tasks.push(tokio::spawn(async move {
            let mut luck = Luck::new(now_ms() ^ (i as u64) << 48);
            let (region, mut times) = (990_101i64, Vec::new());
            while begin.elapsed() < time {
                let (id, request, now) = (luck.id(), luck.id(), now_ms() as i64);
                let (code, mac, hash, answer) = (
                    noise(&mut luck, 32),
                    noise(&mut luck, 32),
                    noise(&mut luck, 32),
                    noise(&mut luck, p.answer),
                );
                let number = format!("{REGION}-{:x}", luck.bits());
                let (object, actor) = (format!("case/{id}"), p.account.to_string());
                let start = Instant::now();
                c.batch_execute("BEGIN").await?;
                c.execute(
                    &s[0],
                    &[
                        &region,
                        &id,
                        &number,
                        &"web",
                        &p.grid,
                        &p.lon,
                        &p.lat,
                        &p.account,
                        &false,
                        &now,
                        &(now + 3_600_000),
                        &true,
                    ],
                )
                .await?;
                c.execute(&s[1], &[&region, &id, &p.title, &"云桥路 12 号", &TEXT]).await?;
                c.execute(&s[2], &[&code, &region, &id]).await?;
                c.execute(&s[3], &[&region, &id, &now, &"report", &p.account, &"reporter", &p.data]).await?;
                c.execute(
                    &s[4],
                    &[&region, &now, &"account", &actor, &"case.report", &object, &p.detail, &request, &mac],
                )
                .await?;
                c.execute(&s[5], &[&region, &p.account, &id, &hash, &answer, &now]).await?;
                c.batch_execute("COMMIT").await?;
                if start >= from {
                    times.push(start.elapsed().as_micros() as u32);
                }
            }
            Ok::<_, tokio_postgres::Error>(times)
        }));
    }
    let mut all = Times { span: (time - time / 10).as_secs_f64(), ..Times::default() };
    for task in tasks {
        all.all.extend(task.await??);
    }
    Ok(all)
}

/// Fills up to so many cases, spread evenly over units, grids and stages; seven of ten are closed.
async fn fill(sql: &Sql, wanted: i64) -> Fallible<()> {
    let there = sql.number("SELECT count(*) FROM cases").await?;
    let (first, last) = (there + 1, wanted);
    if first > last {
        return Ok(());
    }
    let now = now_ms();
    let (id, seq, number, yes, no) = match sql.on_postgres() {
        true => (
            "('0190' || lpad(to_hex(k), 12, '0') || substr(md5(k::text), 1, 16))::uuid",
            format!("generate_series({first}::bigint, {last}::bigint) AS s(k)"),
            "'990101-F' || k",
            "true",
            "false",
        ),
        false => (
            "unhex(printf('0190%012x%016x', k, k * 2654435761 % 4611686018427387904))",
            format!(
                "(WITH RECURSIVE s(k) AS (SELECT {first} UNION ALL SELECT k + 1 FROM s WHERE k < {last}) SELECT k FROM s)"
            ),
            "'990101-F' || k",
            "1",
            "0",
        ),
    };
    // Units and grids by their place in line.
    let setup = "CREATE TABLE IF NOT EXISTS bench_units AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM units;
         CREATE TABLE IF NOT EXISTS bench_grids AS SELECT grid, row_number() OVER (ORDER BY grid) - 1 AS i
           FROM (SELECT DISTINCT grid FROM cases WHERE grid IS NOT NULL) g;";
    sql.change(setup).await?;
    let units = sql.number("SELECT count(*) FROM bench_units").await?;
    let grids = sql.number("SELECT count(*) FROM bench_grids").await?;
    if !sql.on_postgres() {
        sql.rows("PRAGMA journal_mode=WAL").await?;
        sql.change("PRAGMA synchronous=OFF; PRAGMA cache_size=-1500000; PRAGMA temp_store=MEMORY").await?;
    }
    let stage = "CASE WHEN k % 10 < 7 THEN 6 ELSE 1 + (k / 10) % 5 END";
    sql.change(&format!(
        "INSERT INTO cases (region, id, number, stage, round, version, urgent, channel, item, time_limit, grid, lon, lat, unit,
           verified, reported_at, filed_at, case_due, act_by, updated_at, open)
         SELECT {REGION}, {id}, {number}, {stage}, 1, 3, {no}, 'web', (SELECT min(code) FROM items), '72h', g.grid, 118.1, 30.1,
           CASE WHEN {stage} >= 3 THEN u.id END, {no}, {now} - k * 7, {now} - k * 5, {now} + (k * 7919) % 100000000,
           {now} + (k * 7919) % 100000000, {now}, CASE WHEN k % 10 < 7 THEN {no} ELSE {yes} END
         FROM {seq} JOIN bench_units u ON u.i = (k / 50) % {units} JOIN bench_grids g ON g.i = (k / 7) % {grids}"
    ))
    .await?;
    sql.change(&format!(
        "INSERT INTO case_texts (region, case_id, title, place, text)
         SELECT {REGION}, {id}, '云桥路与府前街路口东南角的井盖破损', '云桥路 12 号', '{TEXT}' FROM {seq}"
    ))
    .await?;
    match sql.on_postgres() {
        true => {
            // One at a time: VACUUM refuses to run in a batch, which is a transaction.
            for step in ["VACUUM ANALYZE cases", "VACUUM ANALYZE case_texts", "CHECKPOINT"] {
                sql.change(step).await?;
            }
            Ok(())
        }
        false => {
            sql.change("ANALYZE").await?;
            sql.rows("PRAGMA wal_checkpoint(TRUNCATE)").await.map(drop)
        }
    }
}

/// What the system does by the clock with every case open: how soon a backlog is worked off, and what reports
/// feel of it meanwhile.
async fn clock(
    args: &Args,
    place: &Place,
    lines: &mut Vec<Line>,
    officers: &[(String, String)],
    password: &str,
) -> Fallible<Json> {
    let sql = Sql::of(place).await?;
    let yes = if sql.on_postgres() { "TRUE" } else { "1" };
    let run = |due: &str| {
        format!(
            "'{{\"left\":[{{\"e\":259200000}}],\"since\":' || CAST({due} - 259200000 AS TEXT) || ',\"due\":' || CAST({due} AS TEXT) || '}}'"
        )
    };
    let clocks = |due: &str| {
        let run = run(due);
        format!(
            "'{{\"case\":' || {run} || ',\"unit\":' || {run} || ',\"alarm\":' || CAST({due} AS TEXT) || '}}'"
        )
    };
    let later = now_ms() as i64 + 86_400_000;
    sql.change(&format!(
        "UPDATE cases SET open = {yes}, stage = 4, time_limit = '72h', closed_at = NULL, act_by = {later}, case_due = {later},
           unit_due = {later}, alarm_at = {later}, clocks = {} WHERE number LIKE '990101-F%'",
        clocks(&later.to_string())
    ))
    .await?;
    if sql.on_postgres() {
        sql.change("VACUUM ANALYZE cases").await?;
        sql.change("CHECKPOINT").await?;
    } else {
        sql.change("ANALYZE").await?;
        sql.rows("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    let open = sql.number("SELECT count(*) FROM cases WHERE open").await?;
    let server = place.serve()?;
    let cast = cast(place, server.address, officers, password).await?;
    let time = Duration::from_secs(args.seconds);
    let calm = drive(server.address, &cast, lines, time, Arc::new(report)).await?.figures();
    show(&format!("report, {open} open, none due"), &calm);
    let ago = now_ms() as i64 - 1000;
    let number = "number >= '990101-F1' AND number LIKE '990101-F%'";
    sql.change(&format!(
        "UPDATE cases SET act_by = {ago}, case_due = {ago}, unit_due = {ago}, alarm_at = {ago}, clocks = {}
         WHERE region = {REGION} AND id IN (SELECT id FROM cases WHERE region = {REGION} AND {number} AND stage = 4 LIMIT {})",
        clocks(&ago.to_string()),
        args.overdue
    ))
    .await?;
    let began = Instant::now();
    let busy = drive(server.address, &cast, lines, time, Arc::new(report)).await?.figures();
    show(&format!("report, {} just overdue", args.overdue), &busy);
    let left = format!("SELECT count(*) FROM cases WHERE region = {REGION} AND alarm_at <= {}", ago);
    while sql.number(&left).await? > 0 && began.elapsed() < Duration::from_secs(600) {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let escalated = sql.number("SELECT count(*) FROM events WHERE kind = 'escalate'").await?;
    let p95 = |f: &Json| f["p95_ms"].as_f64().unwrap_or(0.0);
    let ratio = p95(&busy) / p95(&calm).max(1e-9);
    println!("  {escalated} escalated in {seconds:.0} s; p95 of reports meanwhile {ratio:.2} times");
    Ok(
        json!({ "open": open, "overdue": args.overdue, "escalated": escalated, "seconds": seconds, "calm": calm, "busy": busy, "p95_ratio": ratio }),
    )
}

/// How the database goes about an officer's list.
async fn plan(sql: &Sql, unit: &str) -> Fallible<Vec<String>> {
    let (explain, unit) = match sql.on_postgres() {
        true => ("EXPLAIN (ANALYZE, BUFFERS)", format!("'{unit}'")),
        false => ("EXPLAIN QUERY PLAN", format!("x'{}'", unit.replace('-', ""))),
    };
    let rows = sql
        .rows(&format!(
            "{explain} SELECT c.id, t.title FROM cases c LEFT JOIN case_texts t ON t.region = c.region AND t.case_id = c.id
             WHERE c.region = {REGION} AND c.open AND ((c.unit = {unit} AND c.stage IN (3, 4)))
               AND c.open ORDER BY c.act_by, c.id LIMIT 51"
        ))
        .await?;
    Ok(rows.into_iter().filter_map(|r| r.into_iter().next_back().flatten()).collect())
}

async fn ready(to: SocketAddr) -> Fallible<()> {
    let mut conn = Conn::open(to).await?;
    loop {
        let answer = conn.send("GET", "/health/ready", &As::nobody(), None, "").await?;
        if answer.status == 200 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn measure(args: &Args, bin: &Path, home: &Path, on: &'static str) -> Fallible<Json> {
    let admin = std::env::var("JINGWEI_TEST_PG").unwrap_or_default();
    let home = home.join(on);
    std::fs::create_dir_all(&home)?;
    let config = home.join("jingwei.toml");
    std::fs::write(&config, "anonymous_reports_per_hour = 100000000\nsign_ins_per_minute = 10000\n")?;
    let name = format!("bench{}", std::process::id());
    let url = if on == "postgres" { Some(fresh(&admin, &name).await?) } else { None };
    let place = Place {
        bin: bin.to_owned(),
        dir: home.join("data"),
        url,
        config: Some(config),
        log: home.join("server.log"),
    };
    let time = Duration::from_secs(args.seconds);
    let n = args.connections as usize;
    println!("\n{on}");
    place.must(&["demo", "--only", "--cases", "200"])?;

    // Officers of different units, who get a password.
    let password = "bench-Measured-77";
    let officers: Vec<(String, String)> = {
        let sql = Sql::of(&place).await?;
        let rows = sql
            .rows("SELECT min(a.username), idhex(p.unit)! FROM posts p JOIN accounts a ON a.id = p.account WHERE p.role = 'unit_officer' GROUP BY p.unit ORDER BY 1")
            .await?;
        let all = rows
            .into_iter()
            .filter_map(|r| Some((r[0].clone()?, Uuid::parse_str(r[1].as_deref()?).ok()?.to_string())));
        all.take(OFFICERS).collect()
    };
    for (username, _) in &officers {
        let ended = place.run_with(&["user", "password", username], &format!("{password}\n"))?;
        if ended.code != 0 {
            return Err(format!("{username} gets no password: {}", ended.err).into());
        }
    }
    // A copy of the database as it is now, for the bare driver.
    let scratch = match &place.url {
        None => {
            let copy = home.join("scratch.db");
            Sql::of(&place).await?.change(&format!("VACUUM INTO '{}'", copy.display())).await?;
            copy.to_string_lossy().into_owned()
        }
        Some(url) => {
            // The connections of the commands before have ended, but the database may not know yet.
            tokio::time::sleep(Duration::from_millis(500)).await;
            connect(&admin)
                .await?
                .batch_execute(&format!("CREATE DATABASE {name}_scratch TEMPLATE {name}"))
                .await?;
            url.replace(&name, &format!("{name}_scratch"))
        }
    };

    let server = place.serve()?;
    let postmaster = match on {
        "postgres" => {
            let session = Sql::of(&place).await?.number("SELECT pg_backend_pid()").await?;
            u32::try_from(session).ok().and_then(postmaster)
        }
        _ => None,
    };
    let used = || server.cpu(postmaster);
    let with_cpu = |mut times: Times, before: Cpu| {
        let (after, n) = (server.cpu(postmaster), times.answered.max(1) as f64);
        let each = |from: f64, to: f64| ((to - from) * 1e6 / n).round();
        let mut figures = times.figures();
        figures["server_cpu_us"] = json!(each(before.server, after.server));
        figures["database_cpu_us"] = json!(each(before.database, after.database));
        figures
    };
    let cast1 = cast(&place, server.address, &officers, password).await?;
    let seed = now_ms();
    let mut lines: Vec<Line> = (0..n as u64)
        .map(|i| Line { luck: Luck::new(seed ^ i << 40), cases: Vec::new(), moved: Vec::new() })
        .collect();
    let one = report(&cast1, &mut lines[0], 0).ok_or("no report")?;
    let mut conn = Conn::open(server.address).await?;
    let answer = conn.send(one.method, &one.path, &one.who, one.key, &one.body).await?;
    if answer.status != 201 {
        return Err(format!("a report got {} {}", answer.status, answer.text()).into());
    }
    let pattern = Pattern::of(&Sql::of(&place).await?, one.key.unwrap_or_default()).await?;

    let mut told = json!({ "db": on, "connections": n, "seconds": args.seconds });
    let bare = async || -> Fallible<Json> {
        let half = time * 2 / 3;
        let mut times = match on {
            "postgres" => bare_postgres(&scratch, &pattern, n, half).await?,
            _ => bare_sqlite(Path::new(&scratch), &pattern, n, half)?,
        };
        Ok(times.figures())
    };
    let before = bare().await?;
    show("bare commits, before", &before);
    let mut moves = serde_json::Map::new();
    let start = used();
    let times = drive(server.address, &cast1, &mut lines, time, Arc::new(report)).await?;
    let figures = with_cpu(times, start);
    show("report", &figures);
    moves.insert("report".into(), figures.clone());
    let after = bare().await?;
    show("bare commits, after", &after);
    let rate = |f: &Json| f["per_second"].as_f64().unwrap_or(0.0);
    let ratio = rate(&figures) / ((rate(&before) + rate(&after)) / 2.0).max(1.0);
    println!("  report to bare commits             {ratio:>8.2}");
    told["bare_before"] = before;
    told["bare_after"] = after;
    told["report_to_bare"] = json!(ratio);
    for kind in ["file", "dispatch", "accept", "submit", "verify", "close"] {
        let start = used();
        let times = drive(server.address, &cast1, &mut lines, time / 2, step(kind)).await?;
        let figures = with_cpu(times, start);
        show(kind, &figures);
        moves.insert(kind.into(), figures);
    }
    told["moves"] = moves.into();
    told["memory_after_writes_mb"] = json!(server.memory_kb().unwrap_or(0) / 1024);
    drop(server);

    let mut lists = serde_json::Map::new();
    for &cases in args.cases.iter().filter(|c| **c > 0) {
        let sql = Sql::of(&place).await?;
        let began = Instant::now();
        fill(&sql, cases).await?;
        println!("  (filled to {cases} cases in {:.0} s)", began.elapsed().as_secs_f64());
        let server = place.serve()?;
        let cast2 = cast(&place, server.address, &officers, password).await?;
        let asked = todo(&cast2, &mut lines[0], 0).ok_or("no list")?;
        let answer = Conn::open(server.address).await?.send("GET", &asked.path, &asked.who, None, "").await?;
        let rows = answer.json()["items"].as_array().map_or(0, Vec::len);
        let mut figures = drive(server.address, &cast2, &mut lines, time, Arc::new(todo)).await?.figures();
        show(&format!("my {rows} open of {cases} cases"), &figures);
        figures["rows"] = json!(rows);
        figures["bytes"] = json!(answer.body.len());
        figures["plan"] = json!(plan(&sql, &officers[0].1).await?);
        lists.insert(cases.to_string(), figures);
    }
    told["lists"] = lists.into();
    if args.overdue > 0 {
        told["clock"] = clock(args, &place, &mut lines, &officers, password).await?;
    }

    let mut starts = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let server = place.serve()?;
        ready(server.address).await?;
        starts.push(began.elapsed().as_secs_f64() * 1000.0);
        if starts.len() == 3 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            told["idle_memory_mb"] = json!(server.memory_kb().unwrap_or(0) as f64 / 1024.0);
        }
    }
    println!("  start to ready, ms                 {starts:.0?}");
    println!("  idle memory, MB                    {}", told["idle_memory_mb"]);
    told["start_ms"] = json!(starts);
    Ok(told)
}

fn machine(bin: &Path) -> Json {
    let read = |p: &str| std::fs::read_to_string(p).unwrap_or_default();
    let cpu = read("/proc/cpuinfo")
        .lines()
        .find(|l| l.starts_with("model name"))
        .and_then(|l| l.split(": ").nth(1))
        .unwrap_or("?")
        .to_owned();
    let first = |command: &str, args: &[&str]| {
        let out = std::process::Command::new(command).args(args).output();
        out.ok().map(|o| String::from_utf8_lossy(&o.stdout).lines().next().unwrap_or_default().to_owned())
    };
    json!({
        "cpu": cpu,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_kb": read("/proc/meminfo").lines().next().unwrap_or_default().to_owned(),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "rustc": first("rustc", &["--version"]),
        "jingwei": first(&bin.to_string_lossy(), &["--version"]),
        "sqlite": rusqlite::version(),
    })
}

async fn whole(args: &Args) -> Fallible<()> {
    let beside = std::env::current_exe()?.with_file_name("jingwei");
    let bin = std::fs::canonicalize(args.bin.clone().unwrap_or(beside))?;
    let mut machine = machine(&bin);
    let dir = match &args.dir {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let dbs: &[&'static str] = match args.db.as_str() {
        "sqlite" => &["sqlite"],
        "postgres" => &["postgres"],
        _ => &["sqlite", "postgres"],
    };
    if dbs.contains(&"postgres") {
        let admin =
            std::env::var("JINGWEI_TEST_PG").map_err(|_| "JINGWEI_TEST_PG names no PostgreSQL server")?;
        let row = connect(&admin).await?.query_one("SELECT version(), current_setting('fsync')", &[]).await?;
        machine["postgres"] = json!(row.get::<_, String>(0));
        machine["fsync"] = json!(row.get::<_, String>(1));
    }
    let size = std::fs::metadata(&bin)?.len() as f64 / 1e6;
    println!("{machine:#}\nbinary, MB: {size:.1}");
    std::fs::create_dir_all(&args.out)?;
    for on in dbs {
        let mut told = measure(args, &bin, dir.path(), on).await?;
        told["machine"] = machine.clone();
        told["binary_mb"] = json!(size);
        let file = args.out.join(format!("{on}.json"));
        std::fs::write(&file, format!("{told:#}\n"))?;
        println!("  -> {}", file.display());
    }
    Ok(())
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|r| r.block_on(whole(&args)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("jingwei-bench: {e}");
            ExitCode::from(2)
        }
    }
}
