//! What tests of the land share: actors, files, requests.
#![allow(dead_code, reason = "each test file uses its part")]

use areas::{ImportAreas, ImportOutcome, Mapping, Maps, When};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use edge::{Caller, House, Settings, tell};
use gis::{Files, Layer, ReadOptions, read_layer};
use kernel::{AccountId, Actor, Level, Moment, Person, Post, PostId, Refusal, Region, Role, Uuid, Who};
use serde_json::{Value, json};
use space::Crs;
use std::sync::Arc;
use store::testing::{On, TestDb};
use tower::ServiceExt;

pub fn region(code: u32) -> Region {
    Region::new(code).unwrap()
}

pub fn steward(of: u32) -> Actor {
    let post = Post {
        id: PostId(Uuid::from_u128(1)),
        role: Role::DataSteward,
        region: region(of),
        unit: None,
        area: None,
        from: Moment(0),
        until: None,
    };
    let account = AccountId(Uuid::from_u128(2));
    Actor::of(Who::Person(Arc::new(Person { account, session: None, token: None, posts: vec![post] })))
}

pub fn anyone() -> Actor {
    Actor::of(Who::Anonymous)
}

pub fn system() -> Actor {
    Actor::system("test")
}

pub async fn make(on: On) -> (TestDb, House) {
    let t = TestDb::new(on, &[audit::MIGRATIONS, areas::MIGRATIONS].concat()).await;
    let house = House::new(t.db.clone(), Settings::default());
    (t, house)
}

pub async fn send(
    house: &House,
    actor: &Actor,
    method: &str,
    uri: &str,
    kind: &str,
    body: Vec<u8>,
) -> (u16, Value) {
    let (status, bytes) = raw(house, actor, method, uri, kind, body).await;
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

pub async fn raw(
    house: &House,
    actor: &Actor,
    method: &str,
    uri: &str,
    kind: &str,
    body: Vec<u8>,
) -> (u16, Vec<u8>) {
    let app: Router = Router::from(areas::routes())
        .layer(axum::Extension(Caller(actor.clone())))
        .layer(axum::middleware::from_fn(tell))
        .with_state(house.clone());
    let request = Request::builder().method(method).uri(uri).header("content-type", kind);
    let request = request.header("accept-language", "en").body(Body::from(body)).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), 1 << 26).await.unwrap().to_vec())
}

pub async fn get(house: &House, uri: &str) -> (u16, Value) {
    send(house, &anyone(), "GET", uri, "application/json", Vec::new()).await
}

/// A rectangle in thousandths of a degree from 120° E, 30° N.
pub fn square(x: f64, y: f64, width: f64, height: f64) -> Value {
    let at = |dx: f64, dy: f64| json!([120.0 + (x + dx) / 1000.0, 30.0 + (y + dy) / 1000.0]);
    json!({"type": "Polygon", "coordinates":
        [[at(0.0, 0.0), at(width, 0.0), at(width, height), at(0.0, height), at(0.0, 0.0)]]})
}

/// A GeoJSON file of features given by properties and geometry.
pub fn file(features: &[(Value, Value)]) -> Vec<u8> {
    let features = features.iter().map(
        |(properties, geometry)| json!({"type": "Feature", "properties": properties, "geometry": geometry}),
    );
    json!({"type": "FeatureCollection", "features": Vec::from_iter(features)}).to_string().into_bytes()
}

pub fn layer(bytes: Vec<u8>) -> Arc<Layer> {
    let files = Files::one("file.geojson", bytes);
    Arc::new(read_layer("file.geojson", &files, &ReadOptions::default()).unwrap())
}

/// An import by the usual field names.
pub fn import(level: Level, bytes: Vec<u8>) -> ImportAreas {
    ImportAreas {
        layer: layer(bytes),
        mapping: Mapping {
            level,
            code: "code".into(),
            name: "name".into(),
            parent: None,
            alias: None,
            crs: Crs::Wgs84,
        },
        effective: None,
        zone: None,
        dry_run: false,
    }
}

pub fn day(text: &str) -> Option<When> {
    Some(text.parse().unwrap())
}

pub async fn bring(t: &TestDb, actor: &Actor, import: ImportAreas) -> Result<ImportOutcome, Refusal> {
    areas::import_areas(&t.db, actor, &Maps::default(), import, Arc::new(|_, _| {})).await
}

/// New, changed, unchanged, refused.
pub fn counts(o: &ImportOutcome) -> [usize; 4] {
    [o.new, o.changed, o.unchanged, o.refused]
}

/// The codes of what is said about each feature.
pub fn said(o: &ImportOutcome) -> Vec<Vec<&'static str>> {
    o.features.iter().map(|f| f.messages.iter().map(|m| m.code).collect()).collect()
}
