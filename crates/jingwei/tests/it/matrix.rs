//! The golden matrix (Rule 2): who may do what, kept apart from the code in tests/matrix.tsv.
//!
//! Each row is asked of a fresh case in the stage that the route needs, with the version it has. A `#stage`
//! after a path names that stage where one route serves several. UPDATE_MATRIX=1 writes what was observed;
//! what it writes is to be read, not believed.

use crate::world::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use store::testing::On;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/matrix.tsv");

/// What the matrix calls them, and who plays them.
const ACTORS: &[(&str, &str)] = &[
    ("anonymous", "anonymous"),
    ("resident:reporter", "resident"),
    ("resident:other", "neighbour"),
    ("grid_worker:own_grid", "worker"),
    ("grid_worker:other_grid", "worker.other"),
    ("intake_operator", "intake"),
    ("dispatcher", "dispatcher"),
    ("dispatcher:other_area", "dispatcher.area"),
    ("dispatcher:other_region", "dispatcher.r2"),
    ("unit_officer:holding_unit", "officer"),
    ("unit_officer:other_unit", "officer.u2"),
    ("unit_officer:community", "officer.u3"),
    ("handler:named", "handler"),
    ("handler:other", "handler.two"),
    ("supervisor", "supervisor"),
    ("analyst", "analyst"),
    ("catalogue_steward", "steward"),
    ("data_steward", "data"),
    ("system_administrator", "system"),
    ("security_administrator", "security"),
    ("security_administrator:other_region", "security.r2"),
    ("auditor", "auditor"),
    ("token:without_scope", "token"),
];

fn stages(path: &str) -> &'static [&'static str] {
    let last = path.rsplit('/').next().unwrap();
    match last {
        "send-back" => &["filed", "dispatched", "handed"],
        "file" | "decline" => &["reported"],
        "dispatch" => &["filed"],
        "accept" => &["dispatched"],
        "hand" => &["handling"],
        "verify" | "rework" => &["verifying"],
        "close" => &["verified"],
        "reopen" => &["closed"],
        "submit" | "withdraw" | "reveal" | "{case}" | "events" | "{code}" => &["handed"],
        "ask-check" | "merge" => &["reported"],
        "answer-check" => &["checking"],
        "link" | "urge" | "recuse" | "request-extension" | "request-suspension" => &["handed"],
        "unlink" => &["linked"],
        "lift-urge" => &["urged"],
        "unmerge" => &["merged"],
        "grant" | "refuse" => &["requested"],
        "resume" => &["suspended"],
        "summon" => &["handling"],
        "respond" | "release" => &["summoned"],
        "contribute" => &["responded"],
        "rate" => &["joint"],
        "arbitrate" => &["disputed"],
        "consent" | "refuse-consent" => &["asked"],
        "call-back" => &["drawn"],
        "appeal" => &["late"],
        "review-appeal" => &["appealed"],
        "decide-appeal" => &["reviewed"],
        _ => &[],
    }
}

fn png() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 7]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A file of one street, without a boundary.
fn boundaries() -> Vec<u8> {
    let street =
        json!({"type": "Feature", "geometry": null, "properties": {"code": "990101077", "name": "新街道"}});
    json!({"type": "FeatureCollection", "features": [street]}).to_string().into_bytes()
}

/// A table of one duty.
fn duties() -> Vec<u8> {
    format!("area,item,unit,from\n990101001,{LAMP},{},2026-01-01\n", unit(U2)).into_bytes()
}

struct Stage {
    w: World,
    /// Cases not spent yet, by stage.
    ready: HashMap<String, Case>,
    picture: uuid::Uuid,
    target: uuid::Uuid,
    post: uuid::Uuid,
    /// A case to merge into and to link to.
    other: Case,
}

impl Stage {
    async fn new() -> Stage {
        let w = World::new(On::Sqlite).await;
        let picture = w.uuid();
        let path = format!("/api/regions/{R1}/attachments?id={picture}");
        let up = w.raw(&w.app, "resident", "POST", &path, png(), &[("content-type", "image/png")]).await;
        assert_eq!(up.status(), 201);
        let mut case = w.report("resident", json!({"attachments": [picture]})).await;
        w.lead(&mut case, "handed").await;
        let (target, post) = (w.uuid(), w.uuid());
        let account = json!({"id": target, "username": "target", "name": "某人"});
        w.call("security", "POST", "/api/accounts", account, &[]).await.ok();
        let body = json!({"role": "analyst", "region": R1});
        w.call("security", "PUT", &format!("/api/accounts/{target}/posts/{post}"), body, &[]).await.ok();
        let other = w.at("filed").await;
        Stage { w, ready: HashMap::new(), picture, target, post, other }
    }

    async fn ask(&mut self, method: &str, template: &str, stage: Option<&str>, actor: &str) -> String {
        let w = &self.w;
        let case = match stage {
            Some(stage) => match self.ready.remove(stage) {
                Some(case) => case,
                None => w.reach(stage).await,
            },
            None => Case { id: uuid::Uuid::nil(), code: String::new(), version: 0 },
        };
        let last = template.rsplit('/').next().unwrap();
        let is_move = stage.is_some() && method == "POST" && last != "reveal";
        let (mut body, mut query, mut code) = (Value::Null, String::new(), String::new());
        if is_move {
            body = json!({"version": case.version});
        }
        match (method, last) {
            ("POST", "file") => body["item"] = LAMP.into(),
            ("POST", "send-back") => {
                body["reason"] = "理由充分".into();
                body["clause"] = "三定方案".into();
            }
            (
                "POST",
                "decline" | "rework" | "reopen" | "recuse" | "refuse" | "refuse-consent" | "appeal"
                | "lift-urge" | "unmerge" | "unlink",
            ) => body["reason"] = "理由充分".into(),
            ("POST", "ask-check") => body["question"] = "在哪里".into(),
            ("POST", "answer-check") => {
                body["found"] = true.into();
                body["note"] = "属实".into();
            }
            ("POST", "merge" | "link") => {
                body["reason"] = "同一件事".into();
                body["into"] = json!(self.other.id);
            }
            ("POST", "urge" | "request-suspension") => {
                body["reason"] = "理由充分".into();
                body["until"] = (w.now() + DAY).into();
            }
            ("POST", "request-extension") => {
                body["reason"] = "理由充分".into();
                body["by"] = "2工作日".into();
            }
            ("POST", "summon") => {
                body = json!({"version": case.version, "unit": unit(U2), "limit": "1工作日", "reason": "需配合"});
            }
            ("POST", "release") => {
                body["reason"] = "不再需要".into();
                body["unit"] = json!(unit(U2));
            }
            ("POST", "contribute") => body["result"] = "已配合".into(),
            ("POST", "rate") => {
                body["stars"] = 4.into();
                body["unit"] = json!(unit(if actor == "officer.u2" { U1 } else { U2 }));
            }
            ("POST", "arbitrate") => {
                body["reason"] = "裁定".into();
                body["unit"] = json!(unit(U1));
            }
            ("POST", "call-back") => {
                body["reached"] = true.into();
                body["resolved"] = true.into();
                body["satisfied"] = true.into();
            }
            ("POST", "review-appeal" | "decide-appeal") => {
                body["upheld"] = true.into();
                body["reason"] = "属实".into();
            }
            ("PUT", "{year}") => body = json!({"days": []}),
            ("PUT", "hours") => body = json!(calendar::Hours::default()),
            ("PUT", "rules") => body = json!(flow::Rules::default()),
            ("GET", "deadline") => query = "?limit=2wd&start=1770975000000".into(),
            ("POST", "read") => body = json!({"until": 0}),
            ("PUT", "preferences") => body = json!({"mail_on": false, "muted": []}),
            ("PUT", "{robot}") => {
                body = json!({"name": "群", "kind": "wecom", "url": "https://example.org/hook", "enabled": false});
            }
            ("POST", "dispatch") => body["unit"] = json!(unit(U1)),
            ("POST", "hand") => body["handler"] = json!(w.accounts["handler"]),
            ("POST", "submit") => body["result"] = "已修好".into(),
            ("POST", "reveal") => body = json!({"purpose": "clarify"}),
            ("POST", "cases") => body = w.report_body(json!({})),
            ("POST", "accounts") => {
                let id = w.uuid();
                body = json!({"id": id, "username": format!("u{}", &id.simple().to_string()[20..]), "name": "新人"});
            }
            ("PATCH", "{account}") => body = json!({"name": "某人"}),
            ("POST", "password") if template.contains("{account}") => body = json!({"password": PASSWORD}),
            ("POST", "password") => body = json!({"old": PASSWORD, "new": PASSWORD}),
            ("PUT", "{post}") => body = json!({"role": "analyst", "region": R1}),
            ("POST", "session") => body = json!({"username": "neighbour", "password": PASSWORD}),
            ("POST", "tokens") => {
                body = json!({"id": w.uuid(), "name": "t", "scopes": ["cases:read"], "days": 1})
            }
            ("PUT", "{region}") => body = json!({"name": "云桥县", "zone": "Asia/Shanghai"}),
            ("PUT", "{code}") if template.contains("areas") => {
                code = "990101001002002".into();
                body = json!({"name": "第四网格"});
            }
            ("PUT", "{code}") => {
                code = "9901010199".into();
                body = json!({"name": "新事项", "kind": "event", "major": "其他", "limit": "5h", "urgent": false, "public": true});
            }
            ("PUT", "{id}") if template.contains("duties") => {
                body = json!({"area": "990101001", "item": LAMP, "unit": unit(U2)});
            }
            ("PUT", "{id}") => body = json!({"name": "水务局", "kind": "department"}),
            ("POST", "attachments") => query = format!("?id={}", w.uuid()),
            ("GET", "locate") => query = "?lon=120.005&lat=30.005".into(),
            ("POST", "locate") => body = json!({"points": [[120.005, 30.005]]}),
            ("GET", "search") => query = "?q=wangqiao".into(),
            ("GET", "export") if template.contains("duties") => query = "?format=csv".into(),
            ("GET", "explain") => query = format!("?area=990101001&item={LAMP}"),
            ("POST", "import") if template.contains("duties") => query = "?file=duties.csv".into(),
            ("GET", "export") => query = "?level=grid&format=geojson".into(),
            ("GET", "{code}") if template.contains("areas") => code = "990101001001001".into(),
            ("POST", "import") if template.contains("areas") => {
                query = "?file=a.geojson&level=street&code=code&name=name".into();
            }
            ("POST", "preview") if template.contains("areas") => query = "?file=a.geojson".into(),
            ("GET", "handlers") => query = format!("?unit={}", unit(U1)),
            ("GET", "stream") => query = "?after=0".into(),
            _ => {}
        }
        let mut session = uuid::Uuid::nil();
        if template.ends_with("{session}") && actor != "anonymous" {
            session = w.get(actor, "/api/sessions").await.json["items"][0]["id"]
                .as_str()
                .and_then(|s| s.parse().ok())
                .unwrap_or_default();
        }
        let mut token = uuid::Uuid::nil();
        if template.ends_with("{token}") {
            let new = json!({"id": w.uuid(), "name": "t", "scopes": ["cases:read"], "days": 1});
            let made = w.call(actor, "POST", "/api/tokens", new, &[]).await;
            token = made.json["id"].as_str().and_then(|s| s.parse().ok()).unwrap_or_default();
        }
        if template.contains("{robot}") && method != "PUT" {
            // One without an address: a test of it sends nothing.
            let robot = json!({"name": "群", "kind": "wecom", "enabled": false});
            let path = format!("/api/regions/{R1}/robots/{}", self.target);
            w.call("system", "PUT", &path, robot, &[]).await.ok();
        }
        if template.contains("duties/{id}") && method == "GET" {
            let duty = json!({"area": "990101001", "item": LAMP, "unit": unit(U2)});
            let path = format!("/api/regions/{R1}/duties/{}", self.picture);
            w.call("data", "PUT", &path, duty, &[]).await.ok();
        }
        let id = if template.contains("units") { unit(U2) } else { self.picture };
        let path = template
            .replace("{region}", R1)
            .replace("{case}", &case.id.to_string())
            .replace("{account}", &self.target.to_string())
            .replace("{post}", &self.post.to_string())
            .replace("{unit}", &unit(U2).to_string())
            .replace("{year}", "2027")
            .replace("{robot}", &self.target.to_string())
            .replace("{id}", &id.to_string())
            .replace("{session}", &session.to_string())
            .replace("{token}", &token.to_string())
            .replace("{code}", if code.is_empty() { &case.code } else { &code })
            + &query;
        let key = w.uuid().to_string();
        let keyed = [("idempotency-key", key.as_str())];
        let headers: &[(&str, &str)] = if is_move { &keyed } else { &[] };
        let answer = if template.starts_with("/api/areas/import") {
            let file = [("content-type", "application/octet-stream")];
            World::read(w.raw(&w.app, actor, method, &path, boundaries(), &file).await).await
        } else if template.ends_with("duties/import") {
            let file = [("content-type", "application/octet-stream")];
            World::read(w.raw(&w.app, actor, method, &path, duties(), &file).await).await
        } else if last == "attachments" {
            World::read(w.raw(&w.app, actor, method, &path, png(), &[("content-type", "image/png")]).await)
                .await
        } else {
            w.call(actor, method, &path, body, headers).await
        };
        let ok = (200..300).contains(&answer.status) || answer.status == 304;
        if ok && method == "DELETE" && template.contains("session") {
            // Whoever ended a session comes back with a new one; a token's account is the dispatcher's.
            w.forget(actor);
            w.forget("dispatcher");
        }
        let spent = is_move && ok;
        // A closed one grows too old to be reopened while others are led past their deadlines.
        if let (Some(stage), false) = (stage.filter(|s| *s != "closed"), spent) {
            self.ready.insert(stage.into(), case);
        }
        if ok { "ok".into() } else { answer.status.to_string() }
    }
}

/// Method, path and stage of every route there is.
fn routes() -> Vec<(String, String, Option<&'static str>)> {
    let doc = serde_json::to_value(jingwei::http::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, item) in doc["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "patch", "delete"] {
            if item.get(method).is_none() {
                continue;
            }
            let moves = path.contains("{case}") || path.starts_with("/api/track");
            let stages = if moves { stages(path) } else { &[] };
            for stage in stages {
                all.push((method.to_uppercase(), path.clone(), Some(*stage)));
            }
            if stages.is_empty() {
                all.push((method.to_uppercase(), path.clone(), None));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_may_do_what_the_matrix_says_and_nothing_else() {
    let mut stage = Stage::new().await;
    let mut observed = Vec::new();
    for (method, path, at) in routes() {
        let shown = at.map_or(path.clone(), |s| format!("{path}#{s}"));
        for (label, actor) in ACTORS {
            let result = stage.ask(&method, &path, at, actor).await;
            observed.push((format!("{method}\t{shown}\t{label}"), result));
        }
    }
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        let lines: Vec<String> = observed.iter().map(|(row, result)| format!("{row}\t{result}\n")).collect();
        std::fs::write(FILE, format!("method\tpath\tactor\texpected\n{}", lines.concat())).unwrap();
        return;
    }
    let text = std::fs::read_to_string(FILE).expect("tests/matrix.tsv; UPDATE_MATRIX=1 writes a first one");
    let mut expected: BTreeMap<&str, &str> =
        text.lines().skip(1).filter_map(|l| l.rsplit_once('\t')).collect();
    let mut wrong = Vec::new();
    for (row, result) in &observed {
        match expected.remove(row.as_str()) {
            Some(e) if e == result => {}
            Some(e) => wrong.push(format!("{row}: expected {e}, observed {result}")),
            None => wrong.push(format!("{row}: not in the matrix, observed {result}")),
        }
    }
    wrong.extend(
        expected.keys().map(|row| format!("{row}: in the matrix, but there is no such route or actor")),
    );
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}
