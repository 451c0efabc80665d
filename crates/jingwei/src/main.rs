//! The program.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use jingwei::{
    areas, audit_verify, backup, calendar, config::Common, demo, doctor, duties, exit::Done, items, people,
    progress, serve, units,
};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AFTER: &str = "Examples:
  jingwei demo                                   a whole county to try, at http://127.0.0.1:8080/
  jingwei migrate && jingwei region add 330106 西湖区
  echo 'a long password' | jingwei user add chen --name 陈安 --role security_administrator --region 330106
  jingwei serve --listen 0.0.0.0:8080            serve an office from one PC, on SQLite
  jingwei serve --db postgres://jingwei@db/jingwei
  jingwei audit verify                           has anybody touched the log?
  jingwei calendar deadline 2026-02-13T17:30 2工作日
  jingwei backup /mnt/usb/2026-11-23

Exit codes: 0 done, 1 what was checked does not hold, 2 bad input or use.";

#[derive(Parser)]
#[command(name = "jingwei", version, about = "经纬: community governance by grid, in one binary", after_help = AFTER)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API
    #[command(
        after_help = "Examples:\n  jingwei serve\n  jingwei serve --listen 0.0.0.0:8080 --config /etc/jingwei.toml"
    )]
    Serve {
        /// The address to listen on
        #[arg(long, env = "JINGWEI_LISTEN", value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
    },
    /// Make a demo county and serve it
    #[command(
        after_help = "Examples:\n  jingwei demo\n  jingwei demo --cases 500 --listen 127.0.0.1:0 --json\n\nThe county is made once, in ./demo-data; later starts take a moment."
    )]
    Demo {
        /// The address to listen on
        #[arg(long, env = "JINGWEI_LISTEN", value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// How many cases of the last 120 days to make
        #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
        cases: u32,
        /// Make it and stop, without serving
        #[arg(long)]
        only: bool,
    },
    /// Bring the database's schema up to date; makes the database and the key file if there are none
    #[command(
        after_help = "Examples:\n  jingwei migrate\n  jingwei migrate --db postgres://jingwei@localhost/jingwei"
    )]
    Migrate,
    /// Look at an installation and say what is not as it should be
    #[command(after_help = "Examples:\n  jingwei doctor\n  jingwei doctor --deep --json")]
    Doctor {
        /// Also compute every case again from its events and compare
        #[arg(long)]
        deep: bool,
    },
    /// Regions
    #[command(subcommand, after_help = "Example:\n  jingwei region add 330106 西湖区 --zone Asia/Shanghai")]
    Region(people::RegionCommand),
    /// Boundaries, base-map layers, where a point lies
    #[command(
        subcommand,
        after_help = "Examples:\n  jingwei areas import districts.geojson --level region --code code --name Name --crs wgs84\n  jingwei areas locate --lon 116.3975 --lat 39.9087\n  jingwei areas search donghuamen"
    )]
    Areas(areas::AreasCommand),
    /// Units: import, export, look-alikes
    #[command(
        subcommand,
        after_help = "Examples:\n  jingwei units import units.xlsx --region 330106 --dry-run\n  jingwei units export --region 330106 units.csv\n  jingwei units alike --region 330106"
    )]
    Units(units::UnitsCommand),
    /// Named places: estates, parks, markets …
    #[command(
        subcommand,
        after_help = "Example:\n  jingwei places import estates.geojson --region 330106 --name NAME --class-is estate --crs gcj02"
    )]
    Places(units::PlacesCommand),
    /// The item catalogue: import and export
    #[command(
        subcommand,
        after_help = "Examples:\n  jingwei items import 立案标准.csv --mapping docs/examples/yuncheng.toml --region 140802 --dry-run\n  jingwei items export --region 330106 items.xlsx"
    )]
    Items(items::ItemsCommand),
    /// Who answers for which matters where: explain, check, import, export
    #[command(
        subcommand,
        after_help = "Examples:\n  jingwei duties explain --lon 120.1551 --lat 30.2741 --item 3301060103\n  jingwei duties check --region 330106\n  jingwei duties import duties.csv --region 330106 --dry-run"
    )]
    Duties(duties::DutiesCommand),
    /// Accounts and posts
    #[command(
        subcommand,
        after_help = "Examples:\n  echo 'a long password' | jingwei user add chen --name 陈安 --role security_administrator --region 330106\n  jingwei user unlock chen"
    )]
    User(people::UserCommand),
    /// Tokens for programs
    #[command(
        subcommand,
        after_help = "Example:\n  jingwei token add hotline --name 12345 --scope cases:report --days 365"
    )]
    Token(people::TokenCommand),
    /// The audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Deadlines, working time and public holidays
    #[command(
        subcommand,
        after_help = "Examples:\n  jingwei calendar deadline 2026-02-13T17:30 2工作日\n  jingwei calendar import holidays/2027.json --all"
    )]
    Calendar(calendar::CalendarCommand),
    /// Save everything into a new folder, while the server runs
    #[command(
        after_help = "Example:\n  jingwei backup /mnt/usb/2026-11-23\n\nThe key file is not part of the backup: keep a copy of it elsewhere."
    )]
    Backup {
        /// The folder to make
        folder: PathBuf,
    },
    /// Restore a backup into an empty database, and compare
    #[command(
        after_help = "Example:\n  cp /safe/jingwei.key new/ && jingwei restore /mnt/usb/2026-11-23 --data-dir new\n\nA backup of SQLite can be restored into PostgreSQL, and the other way round."
    )]
    Restore {
        /// The backup's folder
        folder: PathBuf,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print the loop of a case: every move, who may make it, what it does to the clocks, who is told
    Flow,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the sealed log; names the first line that was changed, deleted, inserted or swapped
    Verify,
}

async fn run(cli: Cli) -> Done {
    let mut config = cli.common.settle()?;
    match cli.command {
        Command::Serve { listen } => {
            if let Some(l) = listen {
                config.file.listen = l;
            }
            serve::serve(&config).await
        }
        Command::Demo { listen, cases, only } => {
            if let Some(l) = listen {
                config.file.listen = l;
            }
            demo::run(config, &cli.common, cases, only).await
        }
        Command::Migrate => {
            let bar = progress::bar("migrating", 0, config.json);
            config
                .open_migrated(&|i, n, what| {
                    bar.set_length(n as u64);
                    bar.set_position(i as u64 + 1);
                    bar.set_message(what.to_owned());
                })
                .await?;
            bar.finish_and_clear();
            if config.json {
                println!("{}", serde_json::json!({ "db": config.url.to_string(), "ok": true }));
            } else {
                println!("{} is up to date; its keys are in {}", config.url, config.key_path().display());
            }
            Ok(())
        }
        Command::Doctor { deep } => doctor::run(&config, deep).await,
        Command::Region(c) => people::region(&config, c).await,
        Command::Areas(c) => areas::run(&config, c).await,
        Command::Units(c) => units::run(&config, c).await,
        Command::Places(c) => units::places(&config, c).await,
        Command::Items(c) => items::run(&config, c).await,
        Command::Duties(c) => duties::run(&config, c).await,
        Command::User(c) => people::user(&config, c).await,
        Command::Token(c) => people::token(&config, c).await,
        Command::Audit(AuditCommand::Verify) => audit_verify::run(&config).await,
        Command::Calendar(c) => calendar::run(&config, c).await,
        Command::Backup { folder } => backup::backup(&config, &folder).await,
        Command::Restore { folder } => backup::restore(&config, &folder).await,
        Command::Flow => {
            print!("{}", flow::print());
            Ok(())
        }
        Command::Openapi => {
            println!("{}", jingwei::http::openapi().to_pretty_json().unwrap_or_default());
            Ok(())
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("JINGWEI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_json = cli.common.settle().is_ok_and(|c| c.file.log_json);
    if as_json {
        log.json().init()
    } else {
        log.init()
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(r) => r,
        Err(e) => {
            eprintln!("jingwei: {e}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("jingwei: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
