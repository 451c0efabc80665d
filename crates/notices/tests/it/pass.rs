//! Who is told, and once.

use crate::house::*;
use flow::Move;
use kernel::{Moment, Refusal};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use store::{Tx, Write, binds, both, testing::On};
use tokio::sync::Semaphore;

fn pairs(list: &[(u128, &str)]) -> Vec<(u128, String)> {
    list.iter().map(|(a, k)| (*a, (*k).to_owned())).collect()
}

both! {
    /// Each step tells those it concerns: not the actor, not other places and units, nobody disabled or gone.
    async fn each_step_tells_whom_it_concerns(on) {
        let c = County::new(on).await;
        let case = c.dispatched_after_a_check(false).await;
        c.tell().await;
        assert_eq!(c.told().await, pairs(&[
            (INTAKE, "answer_check"), (WORKER, "ask_check"), (OFFICER, "dispatch"), (RESIDENT, "dispatch"), (RESIDENT, "file"),
        ]));
        c.handled_and_urged(case, 6).await;
        c.sql("DELETE FROM notices", vec![]).await;
        c.tell().await;
        assert_eq!(c.told().await, pairs(&[
            (HANDLER, "hand"), (DISPATCHER, "request_extension"), (DISPATCHER, "urge"), (WORKER, "urge"),
        ]));
        // Reopening tells the unit that is answerable, dispatchers and supervisors, but not the one who did it.
        c.step(case, 11, Move::Verify, WORKER, json!({"move": "verify", "to": "verifying"})).await;
        c.step(case, 12, Move::Close, SUPERVISOR, json!({"move": "close", "to": "closed"})).await;
        c.step(case, 13, Move::Reopen, DISPATCHER, json!({"move": "reopen", "to": "filed"})).await;
        c.sql("DELETE FROM notices", vec![]).await;
        c.tell().await;
        assert_eq!(c.told().await, pairs(&[
            (OFFICER, "close"), (RESIDENT, "close"), (OFFICER, "reopen"), (SUPERVISOR, "reopen"),
        ]));
    }

    /// What everyday work brings shows in the worklists: it makes no notices. A robot that listens to it hears it.
    async fn everyday_work_is_silent_but_robots_hear_it(on) {
        let c = County::new(on).await;
        for who in [INTAKE, DISPATCHER, OFFICER, WORKER, SUPERVISOR] {
            c.prefer(who, json!({})).await;
        }
        let case = c.dispatched(false).await;
        c.tell().await;
        c.sql("DELETE FROM notices", vec![]).await;
        c.sql("DELETE FROM deliveries", vec![]).await;
        c.robot(901, json!({"kinds": ["report"]})).await;
        c.step(case, 4, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
        c.step(case, 5, Move::Submit, HANDLER, json!({"move": "submit", "to": "verifying"})).await;
        c.step(case, 6, Move::Verify, WORKER, json!({"move": "verify", "to": "verifying"})).await;
        c.step(case, 7, Move::CallBack, INTAKE, json!({"move": "call_back", "to": "verifying"})).await;
        assert_eq!(c.tell().await, 0);
        assert!(c.told().await.is_empty() && c.deliveries().await.is_empty());
        // It costs no write.
        assert_eq!(c.cursor().await, 3);
        c.case(false).await;
        assert_eq!(c.tell().await, 0);
        assert_eq!(c.tell().await, 0);
        assert!(c.told().await.is_empty());
        let heard = "SELECT channel || ' ' || kind FROM deliveries";
        let heard: Vec<(String,)> = c.t.db.ask(&me(), heard, vec![]).await.unwrap();
        assert_eq!(heard, [("wecom report".to_owned(),)]);
        assert_eq!(c.cursor().await, 8);
    }

    /// What told nobody is written down now and then only. A server that stops before that looks at it again and
    /// tells what comes next, once.
    async fn a_stop_after_silent_events_loses_nothing(on) {
        let c = County::new(on).await;
        let case = c.dispatched(false).await;
        assert_eq!(c.tell().await, 3);
        let link = |n| c.step(case, n, Move::Link, DISPATCHER, json!({"move": "link", "to": "handling"}));
        c.step(case, 4, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
        for n in 5..4 + 499 {
            link(n).await;
        }
        assert_eq!(c.tell().await, 0);
        assert_eq!(c.cursor().await, 3);
        // It stopped; another takes over.
        c.hand(case, 503).await;
        let after = c.again();
        assert_eq!(c.tell_by(&after).await, 1);
        assert_eq!(c.cursor().await, 503);
        assert_eq!(c.tell_by(&after).await, 0);
        assert_eq!(c.tell_by(&c.again()).await, 0);
        // Whoever had looked further than was stored finds nothing to tell either.
        assert_eq!(c.tell().await, 0);
        assert_eq!(c.number("SELECT count(*) FROM notices WHERE kind = 'hand'", vec![]).await, 1);
        // The five-hundredth is written down.
        for n in 504..504 + 500 {
            link(n).await;
        }
        assert_eq!(c.tell_by(&after).await, 0);
        assert_eq!(c.cursor().await, 1003);
        assert_eq!(c.number("SELECT count(*) FROM notices", vec![]).await, 4);
    }

    /// Two processes that take turns: each finds the cursor where the other left it, and what either has looked
    /// at in vain holds neither up.
    async fn processes_take_turns(on) {
        let c = County::new(on).await;
        let (a, b) = (c.again(), c.again());
        let case = c.dispatched(false).await;
        c.step(case, 4, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
        assert_eq!(c.tell_by(&a).await, 3);
        for n in 5..25 {
            let (one, other) = if n % 4 < 3 && n % 4 > 0 { (&a, &b) } else { (&b, &a) };
            if n % 2 == 1 {
                c.step(case, n, Move::Submit, HANDLER, json!({"move": "submit", "to": "verifying"})).await;
                assert_eq!(c.tell_by(one).await, 0);
            } else {
                c.step(case, n, Move::Rework, WORKER, json!({"move": "rework", "to": "handling", "handler": account(HANDLER)})).await;
                assert_eq!(c.tell_by(one).await, 2);
                assert_eq!(c.cursor().await, n);
                assert_eq!(c.tell_by(other).await, 0);
            }
        }
        assert_eq!(c.number("SELECT count(*) FROM notices", vec![]).await, 3 + 20);
    }

    /// A robot hears what happens after it began to listen, whether a server was started anew since or not; to be
    /// given another name takes nothing from it.
    async fn a_robot_switched_on_later_hears_no_past(on) {
        let c = County::new(on).await;
        let number = |channel: &str| {
            let sql = "SELECT count(*) FROM deliveries WHERE channel = $1";
            c.number(sql, binds![channel.to_owned()])
        };
        c.case(false).await;
        c.tell().await;
        c.robot(901, json!({"kinds": ["report"]})).await;
        c.robot(902, json!({"kind": "feishu", "kinds": ["file"]})).await;
        assert_eq!(c.tell_by(&c.again()).await, 0);
        c.tell().await;
        assert_eq!(number("wecom").await, 0);
        c.case(false).await;
        c.robot(901, json!({"kinds": ["report"], "name": "新名"})).await;
        c.tell().await;
        c.tell_by(&c.again()).await;
        assert_eq!(number("wecom").await, 1);
        // Off, on, and to something else: each from now on.
        c.robot(901, json!({"kinds": ["report"], "enabled": false})).await;
        c.case(false).await;
        c.tell().await;
        c.robot(901, json!({"kinds": ["report"]})).await;
        c.robot(902, json!({"kind": "feishu"})).await;
        c.tell_by(&c.again()).await;
        assert_eq!((number("wecom").await, number("feishu").await), (1, 0));
        c.case(false).await;
        c.tell_by(&c.again()).await;
        c.tell().await;
        assert_eq!((number("wecom").await, number("feishu").await), (2, 1));
    }

    /// What the unit of an earlier step was told does not depend on what happened since.
    async fn steps_are_told_by_their_own_data(on) {
        let c = County::new(on).await;
        let case = c.dispatched(false).await;
        let back = json!({"move": "send_back", "to": "filed"});
        c.step(case, 4, Move::SendBack, OFFICER, back).await;
        c.sql("UPDATE cases SET unit = NULL WHERE region = $1", binds![region()]).await;
        c.tell().await;
        let told = c.told().await;
        assert!(told.contains(&(OFFICER, "dispatch".into())), "{told:?}");
        assert!(told.contains(&(DISPATCHER, "send_back".into())), "{told:?}");
        assert!(told.contains(&(SUPERVISOR, "send_back".into())), "{told:?}");
    }

    /// The unit asked first stays answerable until another accepts, and is told when one does.
    async fn the_unit_still_answerable_is_told(on) {
        let c = County::new(on).await;
        let case = c.case(false).await;
        let dispatch = |u| json!({"move": "dispatch", "to": "dispatched", "unit": unit(u)});
        c.step(case, 2, Move::File, INTAKE, json!({"move": "file", "to": "filed", "item": LAMP.to_string()})).await;
        c.step(case, 3, Move::Dispatch, DISPATCHER, dispatch(U2)).await;
        c.step(case, 4, Move::SendBack, OFFICER2, json!({"move": "send_back", "to": "filed"})).await;
        c.step(case, 5, Move::Dispatch, DISPATCHER, dispatch(U1)).await;
        c.step(case, 6, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
        c.tell().await;
        let told = c.told().await;
        let accept: Vec<u128> = told.iter().filter(|(_, k)| k == "accept").map(|(a, _)| *a).collect();
        assert_eq!(accept, [OFFICER2]);
    }

    /// However many passes run at once, and however often, each event is told once: no double notice, no
    /// double delivery.
    async fn rivals_make_no_doubles(on) {
        let c = County::new(on).await;
        c.prefer(OFFICER, json!({})).await;
        c.robot(901, json!({})).await;
        for _ in 0..30 {
            c.dispatched(false).await;
        }
        audit::sequence(&c.t.db, None).await.unwrap();
        // Three of one process, three of others.
        let passes = (0..6).map(|n| {
            let house = if n < 3 { c.house.clone() } else { c.again() };
            tokio::spawn(async move { notices::tell(&house).await })
        });
        let done = futures_util::future::join_all(passes).await;
        let made: usize = done.into_iter().map(|d| d.unwrap().unwrap()).sum();
        assert_eq!(made, 90);
        assert_eq!(c.tell().await, 0);
        assert_eq!(c.number("SELECT count(*) FROM notices", vec![]).await, 90);
        assert_eq!(c.number("SELECT count(*) FROM deliveries WHERE channel = 'mail'", vec![]).await, 30);
        assert_eq!(c.number("SELECT count(*) FROM deliveries WHERE channel = 'wecom'", vec![]).await, 90);
        let doubles = "SELECT count(*) FROM (SELECT 1 FROM deliveries GROUP BY channel, account, robot, case_id, kind
                       HAVING count(*) > 1) d";
        assert_eq!(c.number(doubles, vec![]).await, 0);
    }

    /// Nothing is lost either, when events come in while several look: whoever planned more than the one who was
    /// quicker looks again.
    async fn rivals_lose_nothing(on) {
        let c = County::new(on).await;
        c.robot(901, json!({})).await;
        let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let passes: Vec<_> = (0..6).map(|n| {
            let (house, over) = (if n < 4 { c.house.clone() } else { c.again() }, over.clone());
            tokio::spawn(async move {
                let mut made = 0;
                while !over.load(std::sync::atomic::Ordering::SeqCst) {
                    made += notices::tell(&house).await.unwrap();
                    tokio::task::yield_now().await;
                }
                made + notices::tell(&house).await.unwrap()
            })
        }).collect();
        for _ in 0..40 {
            c.dispatched(false).await;
            audit::sequence(&c.t.db, None).await.unwrap();
        }
        over.store(true, std::sync::atomic::Ordering::SeqCst);
        let made: usize = futures_util::future::join_all(passes).await.into_iter().map(|d| d.unwrap()).sum();
        assert_eq!(made, 120);
        assert_eq!(c.number("SELECT count(*) FROM notices", vec![]).await, 120);
        assert_eq!(c.number("SELECT count(*) FROM deliveries WHERE channel = 'wecom'", vec![]).await, 120);
    }

    /// More events than one pass takes are told in several.
    async fn many_events_take_several_passes(on) {
        let c = County::new(on).await;
        for _ in 0..90 {
            c.dispatched(false).await;
        }
        assert_eq!(c.tell().await, 90 * 3);
        assert_eq!(c.number("SELECT count(*) FROM notices", vec![]).await, 90 * 3);
        assert_eq!(c.cursor().await, 90 * 3);
    }

    /// History is silent: nothing older than a day is told, neither at the first look nor later.
    async fn history_is_silent(on) {
        let c = County::new(on).await;
        c.dispatched(false).await;
        c.advance(25 * 60);
        let fresh = c.case(false).await;
        c.ask_check(fresh, 2).await;
        assert_eq!(c.tell().await, 1);
        assert_eq!(c.told().await, pairs(&[(WORKER, "ask_check")]));
        // The server was away for two days.
        c.step(fresh, 3, Move::File, INTAKE, json!({"move": "file", "to": "filed"})).await;
        c.advance(48 * 60);
        assert_eq!(c.tell().await, 0);
        let fresh = c.case(false).await;
        c.ask_check(fresh, 2).await;
        assert_eq!(c.tell().await, 1);
    }

    /// A region whose whole history is old begins at its end.
    async fn an_imported_region_begins_at_its_end(on) {
        let c = County::new(on).await;
        c.dispatched(false).await;
        c.t.clock.advance(3 * Moment::DAY);
        assert_eq!(c.tell().await, 0);
        assert_eq!(c.number("SELECT position FROM notice_cursors", vec![]).await, 3);
    }
}

/// Holds the cursor until it is let go.
struct Hold {
    held: Arc<Semaphore>,
    let_go: Arc<Semaphore>,
}

impl Write for Hold {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        let _: (i64,) = tx.one("SELECT position FROM notice_cursors FOR UPDATE", vec![]).await?;
        self.held.add_permits(1);
        let _ = self.let_go.acquire().await;
        Ok(())
    }
}

/// Two have planned, the second more than the first, in one process or in two; the first is quicker. What only the
/// second had planned is told all the same, at once, and once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_second_looks_again() {
    let c = County::new(On::Postgres).await;
    let case = c.dispatched(false).await;
    c.step(case, 4, Move::Accept, OFFICER, json!({"move": "accept", "to": "handling"})).await;
    assert_eq!(c.tell().await, 3);
    for (round, second) in [c.house.clone(), c.again()].into_iter().enumerate() {
        let (held, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let hold = Hold { held: held.clone(), let_go: let_go.clone() };
        let db = c.t.db.clone();
        let holder = tokio::spawn(async move { db.write(&me(), hold).await });
        held.acquire().await.unwrap().forget();
        let n = 5 + 2 * round as i64;
        let mut tasks = Vec::new();
        for (i, house) in (0..).zip([c.house.clone(), second]) {
            c.hand(case, n + i).await;
            audit::sequence(&c.t.db, None).await.unwrap();
            tasks.push(tokio::spawn(async move { notices::tell(&house).await.unwrap() }));
            let waiting = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            for _ in 0..400 {
                if c.number(waiting, vec![]).await == i + 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(c.number(waiting, vec![]).await, i + 1);
        }
        let_go.add_permits(1);
        holder.await.unwrap().unwrap();
        let made: usize = futures_util::future::join_all(tasks).await.into_iter().map(|d| d.unwrap()).sum();
        assert_eq!(made, 2);
        let told = c.number("SELECT count(*) FROM notices WHERE kind = 'hand'", vec![]).await;
        assert_eq!((told, c.cursor().await), (n - 3, n + 1));
        assert_eq!(c.tell().await, 0);
    }
}

/// A running server tells by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_tells_by_itself() {
    let c = County::new(On::Sqlite).await;
    let name = format!("jingwei-notices-{}.head", std::process::id());
    let head = Arc::new(audit::Head::at(std::env::temp_dir().join(name)));
    let sequencer = audit::Sequencer::start(c.t.db.clone(), head.clone());
    c.house.keep_with(|| Some(sequencer));
    notices::start(c.house.clone());
    c.dispatched(false).await;
    for _ in 0..200 {
        if c.told().await.len() == 3 {
            let _ = std::fs::remove_file(head.path());
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody was told");
}
