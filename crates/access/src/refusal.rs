//! Every way this room refuses a request.

use kernel::{Kind, Rule};

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $kind:ident $code:literal $zh:literal $en:literal);+ $(;)?) => {
        $($(#[$doc])* pub const $name: Rule = Rule { kind: Kind::$kind, code: $code, zh: $zh, en: $en };)+
        /// All of them, for the documentation.
        pub const RULES: &[Rule] = &[$($name),+];
    };
}

refusals! {
    /// Username or password is wrong; the same for unknown, disabled and locked accounts.
    BAD_CREDENTIALS: SignIn "access.bad_credentials"
        "用户名或密码不正确。"
        "The username or the password is not right.";
    /// Too many failures in a row. Told only to those who know the password.
    LOCKED: Locked "access.locked"
        "连续多次输错密码，账号已锁定约 {minutes} 分钟。"
        "Too many wrong passwords; the account is locked for about {minutes} minutes.";
    /// Too many tries from one address.
    TOO_MANY_SIGN_INS: TooMany "access.too_many_sign_ins"
        "登录过于频繁，请稍后再试。"
        "Too many tries to sign in from this network. Please try again shortly.";
    /// The token is unknown, expired or revoked.
    BAD_TOKEN: SignIn "access.bad_token"
        "访问令牌无效、已过期或已吊销。"
        "This token is not valid, has expired or was revoked.";
    /// A request that another site made in a signed-in person's name.
    CROSS_SITE: Forbidden "access.cross_site"
        "请求来自其他网站，已拒绝。"
        "The request came from another site and was refused.";
    /// The username is in use.
    USERNAME_TAKEN: Conflict "access.username_taken"
        "用户名已被使用。"
        "This username is in use.";
    /// A username of other characters.
    BAD_USERNAME: Invalid "access.bad_username"
        "用户名为 2–40 个小写字母、数字或 . _ -。"
        "A username has 2 to 40 lower-case letters, digits or . _ -.";
    /// A password that is too easy or too long.
    BAD_PASSWORD: Invalid "access.bad_password"
        "密码为 10–128 个字符，且不能与用户名相同。"
        "A password has 10 to 128 characters and is not the username.";
    /// The old password is wrong.
    WRONG_OLD_PASSWORD: Invalid "access.wrong_old_password"
        "原密码不正确。"
        "The old password is not right.";
    /// Nobody administers their own account.
    NOT_FOR_YOURSELF: Forbidden "access.not_for_yourself"
        "不能为自己授予或变更岗位，也不能以管理员身份变更自己的账号。"
        "Nobody gives themselves posts or administers their own account.";
    /// The role needs a unit.
    UNIT_NEEDED: Invalid "access.unit_needed"
        "此岗位须指定责任单位。"
        "This role needs a unit.";
    /// The role needs an area.
    AREA_NEEDED: Invalid "access.area_needed"
        "网格员岗位须指定其网格、社区或街道。"
        "A grid worker's post names a grid, community or street.";
    /// The role takes no unit or area.
    NOT_NARROWED: Invalid "access.not_narrowed"
        "此岗位不能限定单位或区域。"
        "This role cannot be narrowed to a unit or area.";
    /// The end comes before the beginning.
    DATES_REVERSED: Invalid "access.dates_reversed"
        "结束时间须晚于开始时间。"
        "The end has to come after the beginning.";
    /// A post's account cannot be changed.
    POST_TAKEN: Conflict "access.post_taken"
        "此编号已用于另一账号的岗位。"
        "This id is another account's post.";
    /// A post that has ended is history.
    POST_ENDED: Conflict "access.post_ended"
        "此岗位已结束，不能再变更；请授予新的岗位。"
        "This post has ended and cannot be changed; give a new one."
}
