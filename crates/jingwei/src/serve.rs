//! `jingwei serve`: the server.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
    http,
};
use audit::{Head, Sequencer};
use edge::House;
use kernel::{Actor, Region};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::{Db, binds};
use tokio::net::TcpListener;

/// A server that is ready to answer.
pub struct Server {
    listener: TcpListener,
    router: axum::Router,
    /// The address it listens on.
    pub address: SocketAddr,
}

/// Starts what runs beside the requests and binds the address.
pub async fn prepare(config: &Config, db: Db) -> Result<Server, Failure> {
    let settings = config.settings();
    std::fs::create_dir_all(&settings.files)
        .map_err(|e| bad(format!("{}: {e}", settings.files.display())))?;
    let house = House::new(db.clone(), settings);
    let head = Arc::new(Head::at(config.head_path()));
    if let Err(e) = head.read(db.vault()) {
        tracing::error!(path = %head.path().display(), error = e, "the head of the audit log cannot be used; run `jingwei audit verify`");
    }
    let sequencer = Sequencer::start(db.clone(), head);
    house.keep_with(|| Some(sequencer));
    crate::workers(&house).start(db.clone());
    notices::start(house.clone());
    tokio::spawn(sweep(db));
    tokio::spawn(keep_time(house.clone()));
    let listener = TcpListener::bind(config.file.listen)
        .await
        .map_err(|e| bad(format!("cannot listen on {}: {e}", config.file.listen)))?;
    let address = listener.local_addr().map_err(bad)?;
    Ok(Server { listener, router: http::app(house), address })
}

/// Forgets old answers and ended sessions, now and then, a batch at a time.
async fn sweep(db: Db) {
    loop {
        tokio::time::sleep(Duration::from_secs(600)).await;
        let regions: Vec<(Region,)> =
            db.ask(&Actor::system("sweep"), "SELECT code FROM regions", binds![]).await.unwrap_or_default();
        for region in regions.into_iter().map(|r| r.0).chain([Region::NONE]) {
            while once::forget(&db, region).await.is_ok_and(|n| n > 0) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Reminds, escalates and resumes by the clock, a few cases at a time: between two batches requests have the
/// database to themselves.
async fn keep_time(house: House) {
    loop {
        let wait = match cases::ring(&house).await {
            Ok(rung) if rung.all() > 0 => Duration::from_millis(10),
            Ok(_) => Duration::from_secs(2),
            Err(e) => {
                tracing::warn!(error = ?e, "clock");
                Duration::from_secs(5)
            }
        };
        tokio::time::sleep(wait).await;
    }
}

impl Server {
    /// Answers until told to stop: then lets running requests end, five seconds at the most.
    pub async fn run(self) -> Done {
        let stop = stop_signal();
        let (done, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move {
            stop.await;
            let _ = done.send(());
        };
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(self.listener, service).with_graceful_shutdown(shutdown);
        let late = async {
            let _ = stopped.await;
            // Streams never end by themselves.
            tokio::time::sleep(Duration::from_secs(5)).await;
        };
        tokio::select! {
            served = serving.into_future() => served.map_err(bad),
            () = late => Ok(()),
        }
    }
}

async fn stop_signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut s) => {
                s.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

/// Serves until told to stop.
pub async fn serve(config: &Config) -> Done {
    let db = config.open_migrated(&|i, n, what| tracing::info!("migration {}/{n}: {what}", i + 1)).await?;
    let server = prepare(config, db).await?;
    let url = format!("http://{}/", server.address);
    tracing::info!(db = %config.url, %url, "serving");
    if config.json {
        println!("{}", serde_json::json!({ "url": url }));
    } else {
        println!("Jingwei answers at {url}  (stop with Ctrl-C)");
    }
    server.run().await
}
