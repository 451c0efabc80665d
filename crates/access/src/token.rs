//! Tokens: for programs that act for an account, never beyond what the account may and what they are for.

use crate::{
    layer::{PREFIX, changed},
    refusal::*,
    session::session_of,
};
use axum::{Json, extract::State, http::StatusCode};
use edge::{Body, Caller, House, PathOf, Problem};
use kernel::{AccountId, Actor, Checks, Moment, NOT_FOUND, Refusal, Region, TokenId, TokenScope, Who, World};
use serde::{Deserialize, Serialize};
use store::{Db, Row, StoreError, Tx, Write, binds};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vault::{hex, sha256};

/// Days a token may live.
const DAYS: i64 = 366;

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// For which account.
    pub account: AccountId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<TokenScope>,
    /// For how many days.
    pub days: i64,
    /// The secret itself; only its digest is kept.
    pub secret: String,
}

impl NewToken {
    /// A fresh secret.
    pub fn secret(world: &World) -> String {
        format!("{PREFIX}{}", hex(&world.bytes::<24>()))
    }
}

/// One's own account, by a session; or the system. Programs make no tokens and revoke none.
fn own(actor: &Actor, account: AccountId) -> Result<(), Refusal> {
    match actor.who {
        Who::System(_) => Ok(()),
        _ if session_of(actor)?.0 == account => Ok(()),
        _ => Err(NOT_FOUND.refuse()),
    }
}

/// Makes a token of one's own account.
pub struct MakeToken(pub NewToken);

impl Write for MakeToken {
    type Out = Moment;
    async fn run(&self, tx: &mut Tx) -> Result<Moment, Refusal> {
        let t = &self.0;
        own(tx.actor(), t.account)?;
        let mut c = Checks::new();
        c.text("name", &t.name, 1..=60);
        c.number("days", t.days, 1..=DAYS);
        c.number("scopes", t.scopes.len() as i64, 1..=TokenScope::ALL.len() as i64);
        c.done()?;
        let (at, expires) = (tx.at(), tx.at().plus(t.days * Moment::DAY));
        let scopes = serde_json::to_string(&t.scopes).unwrap_or_default();
        tx.put(
            "INSERT INTO tokens (id, account, secret, name, scopes, created_at, expires_at, revoked)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            binds![t.id, t.account, sha256(t.secret.as_bytes()), t.name.trim(), scopes, at, expires, false],
        )
        .await?;
        let detail = serde_json::json!({ "token": t.id, "scopes": t.scopes, "expires_at": expires });
        let object = format!("account/{}", t.account);
        audit::record(
            tx,
            audit::Note { region: Region::NONE, action: "access.token_made", object, detail },
            None,
        )
        .await?;
        Ok(expires)
    }
}

/// Revokes a token.
pub struct RevokeToken {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub token: TokenId,
}

impl Write for RevokeToken {
    type Out = ();
    async fn run(&self, tx: &mut Tx) -> Result<(), Refusal> {
        own(tx.actor(), self.account)?;
        let sql = "UPDATE tokens SET revoked = $1 WHERE id = $2 AND account = $3";
        if tx.run(sql, binds![true, self.token, self.account]).await? == 0 {
            return Err(NOT_FOUND.refuse());
        }
        let detail = serde_json::json!({ "token": self.token });
        let object = format!("account/{}", self.account);
        let note = audit::Note { region: Region::NONE, action: "access.token_revoked", object, detail };
        Ok(audit::record(tx, note, None).await?)
    }
}

/// A token in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl store::FromRow for TokenRow {
    fn from_row(r: &mut Row<'_>) -> Result<TokenRow, StoreError> {
        Ok(TokenRow {
            id: r.next()?,
            name: r.next()?,
            scopes: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
            created_at: r.next()?,
            expires_at: r.next()?,
            revoked: r.next()?,
        })
    }
}

/// The tokens of an account, latest first.
pub async fn list_tokens(db: &Db, actor: &Actor, account: AccountId) -> Result<Vec<TokenRow>, Refusal> {
    let sql = "SELECT id, name, scopes, created_at, expires_at, revoked FROM tokens WHERE account = $1
               ORDER BY created_at DESC LIMIT 500";
    own(actor, account)?;
    db.ask(actor, sql, binds![account]).await
}

/// One's own tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// Latest first.
    pub items: Vec<TokenRow>,
}

/// One's own tokens.
#[utoipa::path(get, path = "/api/tokens", operation_id = "list_tokens", tag = "tokens",
    responses((status = 200, body = Tokens)))]
pub(crate) async fn list(State(house): State<House>, Caller(actor): Caller) -> Result<Json<Tokens>, Problem> {
    let account = session_of(&actor)?.0;
    Ok(Json(Tokens { items: list_tokens(house.db(), &actor, account).await? }))
}

/// A token to be made.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// Its id, made by the client.
    pub id: TokenId,
    /// What people call it.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// What it is for.
    #[schema(min_items = 1, max_items = 7)]
    pub scopes: Vec<TokenScope>,
    /// For how many days.
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// A token just made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenMade {
    /// The token.
    pub id: TokenId,
    /// The secret; it is not shown again.
    pub token: String,
    /// When it expires.
    pub expires_at: Moment,
}

struct Make(NewToken);
impl Write for Make {
    type Out = TokenMade;
    async fn run(&self, tx: &mut Tx) -> Result<TokenMade, Refusal> {
        let expires_at = MakeToken(self.0.clone()).run(tx).await?;
        Ok(TokenMade { id: self.0.id, token: self.0.secret.clone(), expires_at })
    }
}

/// Make a token of one's own account. Its secret is shown once.
#[utoipa::path(post, path = "/api/tokens", operation_id = "make_token", tag = "tokens", request_body = TokenRequest,
    responses((status = 201, body = TokenMade)))]
pub(crate) async fn make(
    State(house): State<House>,
    Caller(actor): Caller,
    Body(r): Body<TokenRequest>,
) -> Result<(StatusCode, Json<TokenMade>), Problem> {
    let account = session_of(&actor)?.0;
    let secret = NewToken::secret(house.db().world());
    let new =
        NewToken { id: r.id, account, name: r.name.clone(), scopes: r.scopes.clone(), days: r.days, secret };
    let made = house.db().write(&actor, once::Once::new(Region::NONE, r.id.0, &r, Make(new))).await;
    let made =
        made.map_err(|e| if e.code() == store::rules::CONSTRAINT.code { POST_TAKEN.refuse() } else { e })?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revoke one of one's own tokens.
#[utoipa::path(delete, path = "/api/tokens/{token}", operation_id = "revoke_token", tag = "tokens",
    params(("token" = TokenId, Path)), responses((status = 204, description = "Revoked")))]
pub(crate) async fn revoke(
    State(house): State<House>,
    Caller(actor): Caller,
    PathOf(token): PathOf<TokenId>,
) -> Result<StatusCode, Problem> {
    let account = session_of(&actor)?.0;
    house.db().write(&actor, RevokeToken { account, token }).await?;
    changed(&house, account);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}
