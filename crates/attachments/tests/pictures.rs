//! What the attachments room promises, over its route and on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use access::{LoadAccounts, MakeToken, NewAccount, NewToken};
use attachments::{Uploaded, link, of_case, serve};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    middleware::{from_fn, from_fn_with_state},
};
use edge::{House, Settings};
use image::{ExtendedColorType, ImageEncoder as _, ImageFormat, codecs::jpeg::JpegEncoder};
use jobs::Workers;
use kernel::{
    AccountId, Actor, AttachmentId, CaseId, Moment, Person, Refusal, Region, TokenId, TokenScope, Uuid, Who,
};
use serde_json::Value;
use std::{io::Cursor, path::Path, sync::Arc};
use store::{
    Tx, Write, binds, both,
    testing::{On, TestDb},
};
use tower::ServiceExt as _;

const R: &str = "990101";

fn system() -> Actor {
    Actor::system("test")
}
fn region() -> Region {
    Region::new(990101).unwrap()
}
fn id(n: u128) -> AttachmentId {
    AttachmentId(Uuid::from_u128(n))
}
fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

/// A PNG whose colour tells it from others.
fn png(n: u8) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(40, 30, image::Rgba([n, 9, 9, 255]))
        .write_to(&mut out, ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A JPEG that tells where it was taken and by what.
fn with_position() -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = [120u8; 64 * 32 * 3];
    JpegEncoder::new(&mut out).write_image(&pixels, 64, 32, ExtendedColorType::Rgb8).unwrap();
    let mut tiff: Vec<u8> = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend([0, 2]);
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff);
    segment.extend(b"GPSPOSITION-31.234 CAMERA-12345");
    let n = (segment.len() + 2) as u16;
    let mut dirty = out[..2].to_vec();
    dirty.extend([0xff, 0xe1]);
    dirty.extend(n.to_be_bytes());
    dirty.extend(segment);
    dirty.extend(&out[2..]);
    dirty
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

struct Home {
    t: TestDb,
    house: House,
    app: Router,
    workers: Workers,
    dir: tempfile::TempDir,
}

async fn start(on: On) -> Home {
    let migrations = [
        audit::MIGRATIONS,
        jobs::MIGRATIONS,
        once::MIGRATIONS,
        areas::MIGRATIONS,
        access::MIGRATIONS,
        attachments::MIGRATIONS,
    ];
    let t = TestDb::new(on, &migrations.concat()).await;
    let dir = tempfile::tempdir().unwrap();
    let house = House::new(t.db.clone(), Settings { files: dir.path().to_path_buf(), ..Settings::default() });
    let (routes, _) = attachments::routes().split_for_parts();
    let app = routes
        .layer(from_fn_with_state(house.clone(), access::layer))
        .layer(from_fn(edge::tell))
        .with_state(house.clone());
    let workers = attachments::workers(Workers::new(), &house);
    for sql in [
        "INSERT INTO regions (code, name, zone, created_at) VALUES (990101, 'A', 'Asia/Shanghai', 0)",
        "INSERT INTO base_versions (region, version) VALUES (990101, 1)",
    ] {
        t.db.tell(&system(), sql, binds![]).await.unwrap();
    }
    Home { t, house, app, workers, dir }
}

impl Home {
    async fn upload(&self, n: u128, bytes: Vec<u8>) -> (u16, Value) {
        self.upload_as(None, n, bytes).await
    }

    async fn upload_as(&self, token: Option<&str>, n: u128, bytes: Vec<u8>) -> (u16, Value) {
        let path = format!("/api/regions/{R}/attachments?id={}", Uuid::from_u128(n));
        let mut r = Request::builder().method("POST").uri(path);
        if let Some(token) = token {
            r = r.header("authorization", format!("Bearer {token}"));
        }
        let a = self.app.clone().oneshot(r.body(Body::from(bytes)).unwrap()).await.unwrap();
        let status = a.status().as_u16();
        let bytes = to_bytes(a.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn picture(&self, n: u128, small: bool) -> Vec<u8> {
        let response = serve(&self.house, region(), id(n), small).await.unwrap();
        to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.t.db.ask::<(i64,)>(&system(), sql, binds![]).await.unwrap()[0].0
    }

    async fn rows(&self) -> i64 {
        self.count("SELECT count(*) FROM attachments").await
    }

    /// Works until nothing is due.
    async fn work(&self) {
        while self.workers.once(&self.t.db).await.unwrap() > 0 {}
    }

    /// Files kept: pictures and thumbnails.
    fn files(&self) -> (usize, usize) {
        let (mut pictures, mut small) = (0, 0);
        for dir in std::fs::read_dir(self.dir.path()).unwrap() {
            for file in std::fs::read_dir(dir.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                assert!(!path.to_str().unwrap().contains("tmp-"), "left behind: {path:?}");
                match path.extension().and_then(|e| e.to_str()) {
                    Some("thumb") => small += 1,
                    None => pictures += 1,
                    other => panic!("left behind: {other:?}"),
                }
            }
        }
        (pictures, small)
    }

    async fn link(&self, actor: &Actor, ids: &[u128], to: u128) -> Result<(), Refusal> {
        let ids = ids.iter().map(|n| id(*n)).collect();
        self.t.db.write(actor, Link { ids, case: case(to) }).await
    }

    /// An account and a token of it for these things.
    async fn program(&self, n: u128, scopes: &[TokenScope]) -> String {
        let account = AccountId(Uuid::from_u128(n));
        let name = format!("program-{n}");
        let new = NewAccount { id: account, username: name.clone(), name: name.clone(), password: None };
        self.t.db.write(&system(), LoadAccounts { accounts: vec![new], posts: vec![] }).await.unwrap();
        let secret = format!("jw_{n}");
        let token = TokenId(Uuid::from_u128(n));
        let made =
            NewToken { id: token, account, name, scopes: scopes.to_vec(), days: 5, secret: secret.clone() };
        self.t.db.write(&system(), MakeToken(made)).await.unwrap();
        secret
    }
}

struct Link {
    ids: Vec<AttachmentId>,
    case: CaseId,
}
impl Write for Link {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        link(tx, region(), &self.ids, self.case, 1, "report").await
    }
}

struct Of(CaseId);
impl store::Read for Of {
    type Out = Vec<AttachmentId>;
    async fn run(&self, tx: &mut Tx) -> Result<Vec<AttachmentId>, Refusal> {
        Ok(of_case(tx, region(), self.0).await?.into_iter().map(|a| a.id).collect())
    }
}

fn anonymous() -> Actor {
    Actor::of(Who::Anonymous)
}
fn person(n: u128) -> Actor {
    let account = AccountId(Uuid::from_u128(n));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: vec![] })))
}

both! {
    async fn the_position_stays_behind(on) {
        let h = start(on).await;
        let dirty = with_position();
        assert!(holds(&dirty, b"GPSPOSITION"));
        let (status, body) = h.upload(1, dirty).await;
        assert_eq!(status, 201, "{body}");
        let kept: Uploaded = serde_json::from_value(body).unwrap();
        assert_eq!((kept.id, kept.width, kept.height), (id(1), 32, 64), "turned upright");
        h.work().await;
        for small in [false, true] {
            let bytes = h.picture(1, small).await;
            assert!(image::load_from_memory(&bytes).is_ok());
            for trace in [&b"Exif"[..], b"GPSPOSITION", b"CAMERA"] {
                assert!(!holds(&bytes, trace));
            }
        }
        // Nowhere on the disk either.
        for dir in std::fs::read_dir(h.dir.path()).unwrap() {
            for file in std::fs::read_dir(dir.unwrap().path()).unwrap() {
                assert!(!holds(&std::fs::read(file.unwrap().path()).unwrap(), b"GPSPOSITION"));
            }
        }
    }

    async fn what_is_no_picture_is_refused(on) {
        let h = start(on).await;
        let mut cut = png(1);
        cut.truncate(60);
        for bad in [vec![], b"hello".to_vec(), b"GIF89a\x01\x00\x01\x00\x00\x00\x00".to_vec(), cut] {
            let (status, body) = h.upload(1, bad).await;
            assert_eq!((status, body["code"].as_str()), (422, Some("attachment.not_an_image")));
        }
        let (status, body) = h.upload(1, vec![0; 10 * 1024 * 1024 + 1]).await;
        assert_eq!((status, body["code"].as_str()), (413, Some("attachment.too_large")));
        assert_eq!((h.rows().await, h.files()), (0, (0, 0)));
        let r = Request::builder().method("POST").uri(format!("/api/regions/990999/attachments?id={}", id(1)));
        let a = h.app.clone().oneshot(r.body(Body::from(png(1))).unwrap()).await.unwrap();
        assert_eq!(a.status(), 404, "no such region");
    }

    async fn an_upload_happens_once(on) {
        let h = start(on).await;
        let first = h.upload(1, png(1)).await;
        assert_eq!(first.0, 201);
        assert_eq!(h.upload(1, png(1)).await, first);
        let (status, body) = h.upload(1, png(2)).await;
        assert_eq!((status, body["code"].as_str()), (409, Some("idempotency.key_reused")));
        // Another person with the same id and bytes is not told that it is theirs.
        let token = h.program(7, &[TokenScope::Report]).await;
        assert_eq!(h.upload_as(Some(&token), 1, png(1)).await.0, 409);
        // Twice at once.
        let (a, b) = tokio::join!(h.upload(3, png(3)), h.upload(3, png(3)));
        assert_eq!((a.0, &a), (201, &b));
        assert_eq!((h.rows().await, h.files()), (2, (2, 0)));
        assert_eq!(h.count("SELECT count(*) FROM audit_lines WHERE action = 'attachment.upload'").await, 2);
    }

    async fn a_retry_after_the_sweep_keeps_it_again(on) {
        let h = start(on).await;
        let first = h.upload(1, png(1)).await;
        h.t.clock.advance(25 * Moment::HOUR);
        h.work().await;
        assert_eq!((h.rows().await, h.files()), (0, (0, 0)));
        assert_eq!(h.upload(1, png(1)).await, first);
        assert_eq!((h.rows().await, h.files()), (1, (1, 0)));
        assert!(!h.picture(1, false).await.is_empty());
        h.link(&anonymous(), &[1], 9).await.unwrap();
    }

    async fn steady_uploads_do_not_put_off_the_sweep(on) {
        let h = start(on).await;
        for i in 0..12u8 {
            assert_eq!(h.upload(i.into(), png(i)).await.0, 201);
            h.t.clock.advance(12 * Moment::HOUR);
            h.work().await;
        }
        assert!(h.rows().await <= 4, "two days' at the most: {}", h.rows().await);
        assert_eq!(h.files().0 as i64, h.rows().await);
        h.t.clock.advance(2 * Moment::DAY);
        h.work().await;
        assert_eq!((h.rows().await, h.files()), (0, (0, 0)));
        assert_eq!(h.count("SELECT count(*) FROM jobs").await, 0);
    }

    async fn the_sweep_spares_what_is_used(on) {
        let h = start(on).await;
        // The same picture twice, one in a case; another one loose.
        h.upload(1, png(1)).await;
        h.upload(2, png(1)).await;
        h.upload(3, png(3)).await;
        h.link(&anonymous(), &[1], 9).await.unwrap();
        h.work().await;
        assert_eq!(h.files(), (2, 2), "one file for one content");
        h.t.clock.advance(23 * Moment::HOUR);
        h.work().await;
        assert_eq!(h.rows().await, 3, "not before a day is over");
        h.t.clock.advance(2 * Moment::HOUR);
        h.work().await;
        assert_eq!((h.rows().await, h.files()), (1, (1, 1)));
        assert!(!h.picture(1, false).await.is_empty());
        assert!(serve(&h.house, region(), id(2), false).await.is_err());
    }

    async fn a_sweep_and_an_upload_at_once_lose_nothing(on) {
        let h = start(on).await;
        for round in 0..6u128 {
            h.upload(100 + round, png(1)).await;
            h.t.clock.advance(25 * Moment::HOUR);
            let (again, ()) = tokio::join!(h.upload(200 + round, png(1)), h.work());
            assert_eq!(again.0, 201);
            assert!(!h.picture(200 + round, false).await.is_empty(), "round {round}");
            h.t.clock.advance(3 * Moment::DAY);
            h.work().await;
            assert_eq!((h.rows().await, h.files()), (0, (0, 0)));
        }
    }

    async fn a_thumbnail_is_made_once(on) {
        let h = start(on).await;
        h.upload(1, png(1)).await;
        h.upload(2, png(1)).await;
        assert_eq!(h.count("SELECT count(*) FROM jobs WHERE kind = 'attachments.thumbnail'").await, 1);
        // Asked for before the job came to it, it is there all the same.
        let early = h.picture(1, true).await;
        assert_eq!(h.files(), (1, 0));
        h.work().await;
        assert_eq!(h.files(), (1, 1));
        assert_eq!(h.picture(1, true).await, early);
        assert_eq!(h.count("SELECT count(*) FROM jobs WHERE kind = 'attachments.thumbnail'").await, 0);
        let thumb = |root: &Path| {
            let dir = std::fs::read_dir(root).unwrap().next().unwrap().unwrap().path();
            let mut files = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap());
            files.find(|f| f.path().extension().is_some()).unwrap().metadata().unwrap().modified().unwrap()
        };
        let made = thumb(h.dir.path());
        h.upload(3, png(1)).await;
        h.work().await;
        assert_eq!((thumb(h.dir.path()), h.files()), (made, (1, 1)), "not made again");
    }

    async fn pictures_are_linked_by_who_uploaded_them(on) {
        let h = start(on).await;
        let token = h.program(7, &[TokenScope::Report]).await;
        for n in 1..=8 {
            assert_eq!(h.upload(n, png(n as u8)).await.0, 201);
        }
        assert_eq!(h.upload_as(Some(&token), 11, png(11)).await.0, 201);
        let code = |r: Result<(), Refusal>| r.err().map(|e| e.code());
        let unknown = Some("attachment.unknown");
        assert_eq!(code(h.link(&person(7), &[1], 9).await), unknown, "an anonymous upload");
        assert_eq!(code(h.link(&anonymous(), &[11], 9).await), unknown, "a person's upload");
        assert_eq!(code(h.link(&person(8), &[11], 9).await), unknown, "another person's upload");
        assert_eq!(code(h.link(&anonymous(), &[99], 9).await), unknown, "no upload");
        assert_eq!(code(h.link(&anonymous(), &[1, 1], 9).await), unknown, "twice the same");
        let seven = [1, 2, 3, 4, 5, 6, 7];
        assert_eq!(code(h.link(&anonymous(), &seven, 9).await), Some("attachment.too_many_pictures"));
        // A refusal links none of them.
        let refused = h.link(&anonymous(), &[1, 2, 11], 9).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "attachments[2]");
        assert!(h.t.db.read(&system(), Of(case(9))).await.unwrap().is_empty());
        h.link(&anonymous(), &seven[..6], 9).await.unwrap();
        h.link(&person(7), &[11], 10).await.unwrap();
        assert_eq!(code(h.link(&anonymous(), &[1], 10).await), unknown, "in another case");
        assert_eq!(h.t.db.read(&system(), Of(case(9))).await.unwrap().len(), 6);
        assert_eq!(h.t.db.read(&system(), Of(case(10))).await.unwrap(), [id(11)]);
    }

    async fn programs_need_a_scope_that_pictures_serve(on) {
        let h = start(on).await;
        for (n, scope, status) in [
            (1, TokenScope::Report, 201),
            (2, TokenScope::MoveCases, 201),
            (3, TokenScope::ReadCases, 403),
            (4, TokenScope::WriteBase, 403),
        ] {
            let token = h.program(n, &[scope]).await;
            assert_eq!(h.upload_as(Some(&token), n, png(1)).await.0, status, "{scope:?}");
        }
        assert_eq!(h.rows().await, 2);
    }
}
