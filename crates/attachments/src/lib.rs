//! Pictures: decoded and encoded anew, so that nothing but the picture is kept: no position, no camera, no
//! date; named by their content. Who may see a picture is who may see its case, which the cases room decides.
#![forbid(unsafe_code)]

mod files;
mod link;
mod picture;
mod sweep;
mod upload;

pub use link::{Attachment, link, of_case};
pub use upload::{Uploaded, serve};

use edge::House;
use jobs::Workers;
use kernel::{Kind, Rule};
use store::{Migration, Table};
use utoipa_axum::router::OpenApiRouter;

/// The tables of this room.
pub const TABLES: &[Table] = &[Table::distributed("attachments")];

/// The schema of this room.
pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "attachments/1-pictures",
    sql: "
CREATE TABLE attachments (
  region {int} NOT NULL,
  id {uuid} NOT NULL,
  hash {bytes} NOT NULL,
  source {bytes} NOT NULL,
  width {int} NOT NULL,
  height {int} NOT NULL,
  bytes {int} NOT NULL,
  uploader {uuid},
  linked_case {uuid},
  linked_n {int},
  purpose TEXT,
  at {int} NOT NULL,
  PRIMARY KEY (region, id)
) {rows};
CREATE INDEX attachments_case ON attachments (region, linked_case);
CREATE INDEX attachments_hash ON attachments (region, hash);
CREATE INDEX attachments_loose ON attachments (region, at) WHERE linked_case IS NULL;
",
}];

/// The file is no picture we can read.
pub const NOT_AN_IMAGE: Rule = Rule {
    kind: Kind::Invalid,
    code: "attachment.not_an_image",
    zh: "文件不是可识别的 JPEG 或 PNG 图片。",
    en: "The file is not a JPEG or PNG picture that can be read.",
};

/// The picture is too large.
pub const TOO_LARGE: Rule = Rule {
    kind: Kind::TooLarge,
    code: "attachment.too_large",
    zh: "图片过大：不超过 10 MB、4000 万像素。",
    en: "The picture is too large: 10 MB and 40 megapixels at the most.",
};

/// No such picture to use.
pub const UNKNOWN: Rule = Rule {
    kind: Kind::Invalid,
    code: "attachment.unknown",
    zh: "图片不存在、已用于其他案件，或由他人上传。",
    en: "This picture does not exist, belongs to another case, or was uploaded by somebody else.",
};

/// Too many uploads from one address.
pub const TOO_MANY: Rule = Rule {
    kind: Kind::TooMany,
    code: "attachment.too_many",
    zh: "上传过于频繁，请稍后再试。",
    en: "Too many uploads from this network. Please try again later.",
};

/// More pictures than one step takes.
pub const TOO_MANY_PICTURES: Rule = Rule {
    kind: Kind::Invalid,
    code: "attachment.too_many_pictures",
    zh: "一次最多可附 6 张图片。",
    en: "A step takes 6 pictures at the most.",
};

/// Every way this room refuses a request.
pub const RULES: &[Rule] = &[NOT_AN_IMAGE, TOO_LARGE, UNKNOWN, TOO_MANY, TOO_MANY_PICTURES];

/// The routes of this room.
pub fn routes() -> OpenApiRouter<House> {
    upload::routes()
}

/// The jobs of this room.
pub fn workers(workers: Workers, house: &House) -> Workers {
    let files = house.settings().files.clone();
    let (a, b) = (files.clone(), files);
    workers
        .with(upload::THUMBNAIL, move |taken| upload::thumbnail_job(a.clone(), taken))
        .with(sweep::SWEEP, move |taken| sweep::sweep_job(b.clone(), taken))
}
