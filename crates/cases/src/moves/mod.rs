//! One file per move.

mod accept;
mod close;
mod decline;
mod dispatch;
mod file;
mod hand;
mod reopen;
mod rework;
mod send_back;
mod submit;
mod verify;
mod withdraw;

pub use accept::Accept;
pub use close::Close;
pub use decline::Decline;
pub use dispatch::Dispatch;
pub use file::File;
pub use hand::Hand;
pub use reopen::Reopen;
pub use rework::Rework;
pub use send_back::SendBack;
pub use submit::Submit;
pub use verify::Verify;
pub use withdraw::Withdraw;

use edge::House;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<House> {
    OpenApiRouter::new()
        .routes(routes!(file::file))
        .routes(routes!(decline::decline))
        .routes(routes!(dispatch::dispatch))
        .routes(routes!(accept::accept))
        .routes(routes!(hand::hand))
        .routes(routes!(submit::submit))
        .routes(routes!(verify::verify))
        .routes(routes!(rework::rework))
        .routes(routes!(close::close))
        .routes(routes!(send_back::send_back))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(reopen::reopen))
}
