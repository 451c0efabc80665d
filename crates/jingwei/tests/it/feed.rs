//! The feed: every move in scope, none out of it, in order, as pages and as a stream.

use crate::{lists::populate, world::*};
use axum::body::BodyDataStream;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use store::{both, testing::On};

async fn feed(w: &World, actor: &str, query: &str) -> Value {
    w.get(actor, &format!("/api/regions/{R1}/feed?{query}")).await.ok()
}

fn steps(feed: &Value) -> Vec<(i64, String, i64)> {
    let items = feed["items"].as_array().unwrap();
    items
        .iter()
        .map(|i| {
            (
                i["position"].as_i64().unwrap(),
                i["case"].as_str().unwrap().to_owned(),
                i["n"].as_i64().unwrap(),
            )
        })
        .collect()
}

/// Reads events until `n` of kind `case` have come; fails after ten seconds.
async fn take(stream: &mut BodyDataStream, kept: &mut String, n: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let read = async {
        while found.len() < n {
            while let Some(end) = kept.find("\n\n") {
                let event: String = kept.drain(..end + 2).collect();
                let data = event.lines().find_map(|l| l.strip_prefix("data: "));
                if event.contains("event: case") {
                    found.push(serde_json::from_str(data.unwrap()).unwrap());
                }
            }
            if found.len() < n {
                let bytes = stream.next().await.expect("the stream goes on").unwrap();
                kept.push_str(std::str::from_utf8(&bytes).unwrap());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("events within ten seconds");
    found
}

both! {
    /// Everyone's feed is the history of the cases they may see, each move once, in order.
    async fn the_feed_is_the_history_in_scope(on) {
        let w = World::new(on).await;
        populate(&w).await;
        w.settle().await;
        for (actor, ..) in CAST {
            let list = w.get(actor, &format!("/api/regions/{R1}/cases?limit=200")).await.ok();
            let mut wanted = BTreeSet::new();
            for row in list["items"].as_array().unwrap() {
                let id = row["id"].as_str().unwrap();
                wanted.extend((1..=row["version"].as_i64().unwrap()).map(|n| (id.to_owned(), n)));
            }
            let got = steps(&feed(&w, actor, "after=0&limit=1000").await);
            assert!(got.iter().map(|s| s.0).is_sorted_by(|a, b| a < b), "{actor}");
            assert_eq!(got.len(), wanted.len(), "{actor}");
            assert_eq!(got.iter().map(|(_, c, n)| (c.clone(), *n)).collect::<BTreeSet<_>>(), wanted, "{actor}");
            // A later step of a case never comes before an earlier one.
            for (i, (_, case, n)) in got.iter().enumerate() {
                assert!(got[..i].iter().all(|(_, c, m)| c != case || m < n), "{actor}");
            }
        }
        w.get("anonymous", &format!("/api/regions/{R1}/feed")).await.refused(401, "access.sign_in_first");
    }

    /// Asked page by page, or from a position, nothing is missed or repeated.
    async fn after_a_position_comes_what_follows(on) {
        let w = World::new(on).await;
        let all = populate(&w).await;
        w.settle().await;
        for actor in ["dispatcher", "officer", "worker"] {
            let whole = steps(&feed(&w, actor, "after=0&limit=1000").await);
            let (mut after, mut paged) = (0, Vec::new());
            loop {
                let page = feed(&w, actor, &format!("after={after}&limit=2")).await;
                paged.extend(steps(&page));
                let next = page["after"].as_i64().unwrap();
                if next == after {
                    break;
                }
                after = next;
            }
            assert_eq!(paged, whole, "{actor}");
            let middle = whole[whole.len() / 2].0;
            let rest: Vec<_> = whole.iter().filter(|s| s.0 > middle).cloned().collect();
            assert_eq!(steps(&feed(&w, actor, &format!("after={middle}")).await), rest);
        }
        // Without a position: from now on.
        let now = feed(&w, "dispatcher", "").await;
        assert_eq!(now["items"], json!([]));
        let mut c = all[0].clone();
        w.go("intake", &mut c, "file", json!({"item": LAMP})).await;
        w.settle().await;
        let after = now["after"].as_i64().unwrap();
        let new = feed(&w, "dispatcher", &format!("after={after}")).await;
        assert_eq!((new["items"].as_array().unwrap().len(), &new["items"][0]["move"]), (1, &json!("file")));
    }

    /// The stream brings moves in scope as they happen, and only those.
    async fn the_stream_brings_what_is_in_scope(on) {
        let w = World::new(on).await;
        let mut mine = w.at("dispatched").await;
        w.settle().await;
        let path = format!("/api/regions/{R1}/feed/stream");
        let response = w.raw(&w.app, "officer", "GET", &path, Vec::new(), &[]).await;
        assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, "text/event-stream"));
        let (mut stream, mut kept) = (response.into_body().into_data_stream(), String::new());
        let mut other = w.at("filed").await;
        w.go("dispatcher", &mut other, "dispatch", json!({"unit": unit(U2)})).await;
        w.go("officer.u2", &mut other, "accept", json!({})).await;
        w.go("officer", &mut mine, "accept", json!({})).await;
        let got = take(&mut stream, &mut kept, 1).await;
        assert_eq!((&got[0]["case"], &got[0]["move"]), (&json!(mine.id), &json!("accept")));
        w.go("officer", &mut mine, "hand", json!({"handler": w.accounts["handler"]})).await;
        assert_eq!(take(&mut stream, &mut kept, 1).await[0]["move"], "hand");
        // Come back with the last position seen, one gets what came after it.
        let last = (got[0]["position"].as_i64().unwrap()).to_string();
        let response = w.raw(&w.app, "officer", "GET", &path, Vec::new(), &[("last-event-id", &last)]).await;
        let (mut again, mut kept) = (response.into_body().into_data_stream(), String::new());
        assert_eq!(take(&mut again, &mut kept, 1).await[0]["move"], "hand");
    }

    /// A post that has ended ends what the stream brings.
    async fn the_stream_follows_the_posts(on) {
        let w = World::new(on).await;
        let mut mine = w.at("dispatched").await;
        w.settle().await;
        let path = format!("/api/regions/{R1}/feed/stream");
        let response = w.raw(&w.app, "officer", "GET", &path, Vec::new(), &[]).await;
        let (mut stream, mut kept) = (response.into_body().into_data_stream(), String::new());
        w.go("officer", &mut mine, "accept", json!({})).await;
        take(&mut stream, &mut kept, 1).await;
        let me = w.get("officer", "/api/session").await.ok();
        let end = format!("/api/accounts/{}/posts/{}", w.accounts["officer"], me["posts"][0]["id"].as_str().unwrap());
        assert_eq!(w.call("security", "DELETE", &end, Value::Null, &[]).await.status, 204);
        w.go("resident", &mut mine, "withdraw", json!({})).await;
        w.settle().await;
        let more = tokio::time::timeout(Duration::from_secs(2), take(&mut stream, &mut kept, 1)).await;
        assert!(more.is_err(), "{more:?}");
    }
}

/// Two processes on one database: what is done through one is told by the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_tells_it_too() {
    let w = World::new(On::Postgres).await;
    let mut c = w.at("dispatched").await;
    let dir = tempfile::tempdir().unwrap();
    let (world, _) = store::testing::world();
    let db = store::Db::open(&w.t.url, store::Options { connections: 4 }, world, store::testing::vault())
        .await
        .unwrap();
    let (_house, second) = serve(&db, &dir);
    let path = format!("/api/regions/{R1}/feed/stream");
    let response = w.raw(&second, "officer", "GET", &path, Vec::new(), &[]).await;
    assert_eq!(response.status(), 200);
    let (mut stream, mut kept) = (response.into_body().into_data_stream(), String::new());
    w.go("officer", &mut c, "accept", json!({})).await;
    let mut found = take(&mut stream, &mut kept, 1).await;
    // Moves made before the stream began may not have had a position yet.
    while found.last().unwrap()["move"] != "accept" {
        found = take(&mut stream, &mut kept, 1).await;
    }
    let shown =
        World::read(w.raw(&second, "officer", "GET", &World::path(&c), Vec::new(), &[]).await).await.ok();
    assert_eq!((&shown["stage"], &shown["version"]), (&json!("handling"), &json!(4)));
}
