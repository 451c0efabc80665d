//! `jingwei region`, `jingwei user` and `jingwei token`: the first region, the first administrator, and help
//! for those who are locked out. Done by whoever may read the key file; audited as the command line.

use crate::{
    config::Config,
    exit::{Done, Failure, bad},
};
use access::{
    CreateAccount, EndPost, FindAccounts, MakeToken, NewAccount, NewPost, NewToken, PutPost, RevokeToken,
    SetDisabled, SetPassword, Unlock,
};
use clap::Subcommand;
use kernel::{AccountId, Actor, AreaCode, PostId, Region, Role, TokenId, TokenScope, UnitId};
use std::io::{BufRead as _, IsTerminal as _};

fn me() -> Actor {
    Actor::system("command line")
}

/// What to do with regions.
#[derive(Debug, Clone, Subcommand)]
pub enum RegionCommand {
    /// Add a region, or rename it
    Add {
        /// Its 6-digit code
        code: Region,
        /// Its name
        name: String,
        /// Its time zone (IANA)
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
    },
    /// List the regions
    List,
}

/// Does it.
pub async fn region(config: &Config, command: RegionCommand) -> Done {
    let db = config.open_current().await?;
    match command {
        RegionCommand::Add { code, name, zone } => {
            let put =
                areas::PutRegion { region: code, is: areas::PutRegionBody { name: name.clone(), zone } };
            db.write(&me(), put).await?;
            say(
                config,
                serde_json::json!({ "region": code, "name": name }),
                &format!("region {code} {name}"),
            );
        }
        RegionCommand::List => {
            let rows: Vec<(Region, String, String)> =
                db.ask(&me(), "SELECT code, name, zone FROM regions ORDER BY code", vec![]).await?;
            for (code, name, zone) in rows {
                say(
                    config,
                    serde_json::json!({ "region": code, "name": name, "zone": zone }),
                    &format!("{code}  {name}  {zone}"),
                );
            }
        }
    }
    Ok(())
}

/// What to do with accounts.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Add an account; with --role also a post
    Add {
        /// 2-40 lower-case letters, digits or . _ -
        username: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// A role to hold (docs/roles.md)
        #[arg(long, requires = "region")]
        role: Option<String>,
        /// The region of the post
        #[arg(long)]
        region: Option<Region>,
        /// The unit of the post (unit_officer, handler)
        #[arg(long)]
        unit: Option<uuid::Uuid>,
        /// The area of the post (grid_worker and others)
        #[arg(long)]
        area: Option<AreaCode>,
    },
    /// Give an account a post
    Post {
        /// Whose
        username: String,
        /// The role
        #[arg(long)]
        role: String,
        /// The region
        #[arg(long)]
        region: Region,
        /// The unit
        #[arg(long)]
        unit: Option<uuid::Uuid>,
        /// The area
        #[arg(long)]
        area: Option<AreaCode>,
    },
    /// End a post now
    EndPost {
        /// Whose
        username: String,
        /// The post's id, from `user list`
        post: uuid::Uuid,
    },
    /// Set a password, read from standard input
    Password {
        /// Whose
        username: String,
    },
    /// Unlock an account before its time
    Unlock {
        /// Which
        username: String,
    },
    /// Disable an account; its sessions end
    Disable {
        /// Which
        username: String,
    },
    /// Enable an account again
    Enable {
        /// Which
        username: String,
    },
    /// List accounts with their posts
    List {
        /// Part of the username or name
        #[arg(long)]
        search: Option<String>,
    },
}

fn say(config: &Config, json: serde_json::Value, text: &str) {
    if config.json { println!("{json}") } else { println!("{text}") }
}

fn role(code: &str) -> Result<Role, Failure> {
    let all: Vec<&str> = Role::ALL.iter().map(|r| r.code()).collect();
    Role::parse(code).ok_or_else(|| bad(format!("{code:?} is no role; the roles are {}", all.join(", "))))
}

/// Reads a password from standard input; asks for it where somebody sits at the terminal.
fn password() -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        eprint!("password (10-128 characters, shown as you type): ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(bad)?;
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    if line.is_empty() { Err(bad("no password on standard input")) } else { Ok(line) }
}

/// Does it.
pub async fn user(config: &Config, command: UserCommand) -> Done {
    let db = config.open_current().await?;
    let named = async |username: &str| {
        let found = access::account_named(&db, username).await;
        found.map_err(|_| bad(format!("there is no account {username:?}")))
    };
    let give = async |account: AccountId,
                      code: &str,
                      region: Region,
                      unit: Option<uuid::Uuid>,
                      area: Option<AreaCode>| {
        let world = db.world();
        let post = NewPost {
            id: PostId(world.uuid()),
            account,
            role: role(code)?,
            region,
            unit: unit.map(UnitId),
            area,
            from: world.now(),
            until: None,
        };
        let id = post.id;
        db.write(&me(), PutPost(post)).await?;
        Ok::<PostId, Failure>(id)
    };
    match command {
        UserCommand::Add { username, name, role: code, region, unit, area } => {
            let code_ok = code.as_deref().map(role).transpose()?;
            let password = password()?;
            access::check_password(&username, &password)?;
            let hash = access::hash_password(db.world(), &password).await?;
            let id = AccountId(db.world().uuid());
            let new = NewAccount { id, username: username.clone(), name, password: Some(hash) };
            db.write(&me(), CreateAccount(new)).await?;
            if let (Some(r), Some(region)) = (code_ok, region) {
                give(id, r.code(), region, unit, area).await?;
            }
            say(
                config,
                serde_json::json!({ "account": id, "username": username }),
                &format!("account {username} ({id})"),
            );
        }
        UserCommand::Post { username, role, region, unit, area } => {
            let account = named(&username).await?;
            let post = give(account, &role, region, unit, area).await?;
            say(
                config,
                serde_json::json!({ "post": post }),
                &format!("{username} is {role} in {region} (post {post})"),
            );
        }
        UserCommand::EndPost { username, post } => {
            let account = named(&username).await?;
            db.write(&me(), EndPost { account, post: PostId(post) }).await?;
            say(config, serde_json::json!({ "ended": post }), &format!("post {post} has ended"));
        }
        UserCommand::Password { username } => {
            let account = named(&username).await?;
            let password = password()?;
            access::check_password(&username, &password)?;
            let hash = access::hash_password(db.world(), &password).await?;
            db.write(&me(), SetPassword { account, hash }).await?;
            say(
                config,
                serde_json::json!({ "account": account }),
                &format!("the password of {username} is set; its sessions have ended"),
            );
        }
        UserCommand::Unlock { username } => {
            let account = named(&username).await?;
            db.write(&me(), Unlock(account)).await?;
            say(config, serde_json::json!({ "account": account }), &format!("{username} is unlocked"));
        }
        UserCommand::Disable { username } => {
            let account = named(&username).await?;
            db.write(&me(), SetDisabled { account, name: None, disabled: Some(true) }).await?;
            say(
                config,
                serde_json::json!({ "account": account, "disabled": true }),
                &format!("{username} is disabled"),
            );
        }
        UserCommand::Enable { username } => {
            let account = named(&username).await?;
            db.write(&me(), SetDisabled { account, name: None, disabled: Some(false) }).await?;
            say(
                config,
                serde_json::json!({ "account": account, "disabled": false }),
                &format!("{username} is enabled"),
            );
        }
        UserCommand::List { search } => {
            let mut cursor = None;
            loop {
                let find =
                    FindAccounts { q: search.clone(), limit: Some(200), cursor, ..FindAccounts::default() };
                let page = db.read(&me(), find).await?;
                for a in page.items {
                    if config.json {
                        println!("{}", serde_json::to_string(&a).unwrap_or_default());
                        continue;
                    }
                    let state = if a.disabled {
                        "  disabled"
                    } else if !a.has_password {
                        "  no password"
                    } else {
                        ""
                    };
                    println!("{:<24} {}{state}", a.username, a.name);
                    for p in a.posts {
                        let unit = p.unit.map_or(String::new(), |u| format!(" unit {u}"));
                        let area = p.area.map_or(String::new(), |c| format!(" area {c}"));
                        let until = if p.until_at.is_some() { " (ends)" } else { "" };
                        println!("    {} in {}{unit}{area}{until}  {}", p.role.code(), p.region, p.id);
                    }
                }
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// What to do with tokens.
#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Make a token for an account; its secret is printed once
    Add {
        /// For whom
        username: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// What it is for; may be given several times
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// For how many days
        #[arg(long, default_value_t = 90)]
        days: i64,
    },
    /// List an account's tokens
    List {
        /// Whose
        username: String,
    },
    /// Revoke a token
    Revoke {
        /// Whose
        username: String,
        /// Which, from `token list`
        token: uuid::Uuid,
    },
}

/// Does it.
pub async fn token(config: &Config, command: TokenCommand) -> Done {
    let db = config.open_current().await?;
    let named = async |username: &str| {
        let found = access::account_named(&db, username).await;
        found.map_err(|_| bad(format!("there is no account {username:?}")))
    };
    match command {
        TokenCommand::Add { username, name, scopes, days } => {
            let account = named(&username).await?;
            let all: Vec<&str> = TokenScope::ALL.iter().map(|s| s.code()).collect();
            let parse = |s: &String| {
                TokenScope::parse(s)
                    .ok_or_else(|| bad(format!("{s:?} is no scope; the scopes are {}", all.join(", "))))
            };
            let scopes = scopes.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
            let (id, secret) = (TokenId(db.world().uuid()), NewToken::secret(db.world()));
            let new = NewToken { id, account, name, scopes, days, secret: secret.clone() };
            let expires = db.write(&me(), MakeToken(new)).await?;
            say(config, serde_json::json!({ "id": id, "token": secret, "expires_at": expires }), &secret);
        }
        TokenCommand::List { username } => {
            let account = named(&username).await?;
            for t in access::list_tokens(&db, &me(), account).await? {
                let json = serde_json::to_value(&t).unwrap_or_default();
                let state = if t.revoked { "revoked" } else { "" };
                let scopes: Vec<&str> = t.scopes.iter().map(|s| s.code()).collect();
                say(config, json, &format!("{}  {:<20} {} {state}", t.id, t.name, scopes.join(",")));
            }
        }
        TokenCommand::Revoke { username, token } => {
            let account = named(&username).await?;
            db.write(&me(), RevokeToken { account, token: TokenId(token) }).await?;
            say(config, serde_json::json!({ "revoked": token }), &format!("token {token} is revoked"));
        }
    }
    Ok(())
}
