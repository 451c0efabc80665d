//! `jingwei audit verify`.

use crate::{
    config::Config,
    exit::{Done, Failure},
    progress,
};
use audit::Head;

/// Walks the audit log; fails with exit code 1 and the first bad line when it does not hold.
pub async fn run(config: &Config) -> Done {
    let db = config.open_current().await?;
    let head = Head::at(config.head_path());
    let bar = progress::bar("verifying", 0, config.json);
    let verified = audit::verify(&db, &head, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })
    .await?;
    bar.finish_and_clear();
    if config.json {
        println!("{}", serde_json::to_string(&verified).unwrap_or_default());
    } else {
        println!("sealed lines: {}", verified.sealed);
        match verified.oldest_unsealed_ms {
            Some(ms) => {
                println!("not yet sealed: {}, the oldest {:.1} s old", verified.unsealed, ms as f64 / 1000.0)
            }
            None => println!("not yet sealed: 0"),
        }
        match verified.head {
            Some(p) => println!("head outside the database: vouches for line {p}"),
            None => println!("head outside the database: none at {}", head.path().display()),
        }
    }
    match verified.bad {
        None => {
            if !config.json {
                println!("the log holds");
            }
            Ok(())
        }
        Some(bad) => {
            let row = bad.id.map_or(String::new(), |id| format!(" (row {id})"));
            let what = match bad.what {
                "missing" => "is missing",
                "content" => "was changed after it was written",
                "seal" => {
                    "does not continue the chain: lines were inserted, swapped or sealed by someone else"
                }
                "cut_off" => "and what follows it was cut off",
                "head" => "is not what the head outside the database vouches for",
                _ => "waits to be sealed but was not written by us",
            };
            Err(Failure::DoesNotHold(format!("line {}{row} {what}", bad.position)))
        }
    }
}
