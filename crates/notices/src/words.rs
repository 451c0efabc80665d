//! What a notice says: codes turned into words, Chinese first, English beside. There is nothing here that
//! could let a word of a report through.

use crate::hours::shown;
use flow::{Move, Stage};
use jiff::tz::TimeZone;
use kernel::{CaseId, Moment};

/// All that a notice knows of a case.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub kind: String,
    pub case: Option<CaseId>,
    pub number: String,
    pub stage: Option<Stage>,
    pub item: Option<String>,
    pub due: Option<Moment>,
    pub urgent: bool,
}

impl Fact {
    /// One line of Chinese.
    pub fn zh(&self, zone: &TimeZone) -> String {
        let what = Move::parse(&self.kind).map_or("通知", Move::zh);
        let mut line = format!("【{what}】");
        if self.urgent {
            line.push_str("紧急 ");
        }
        line.push_str(&format!("案件 {}", self.number));
        if let Some(item) = &self.item {
            line.push_str(&format!("（{item}）"));
        }
        if let Some(stage) = self.stage {
            line.push_str(&format!("，现为{}", stage.zh()));
        }
        if let Some(due) = self.due {
            line.push_str(&format!("，时限 {}", shown(zone, due)));
        }
        line
    }

    /// One line of English.
    pub fn en(&self, zone: &TimeZone) -> String {
        let what = Move::parse(&self.kind).map_or("notice", Move::en);
        let mut line = format!("[{what}] ");
        if self.urgent {
            line.push_str("urgent ");
        }
        line.push_str(&format!("case {}", self.number));
        if let Some(item) = &self.item {
            line.push_str(&format!(" ({item})"));
        }
        if let Some(stage) = self.stage {
            line.push_str(&format!(", now {}", stage.en()));
        }
        if let Some(due) = self.due {
            line.push_str(&format!(", due {}", shown(zone, due)));
        }
        line
    }

    fn lines(&self, zone: &TimeZone, public_url: Option<&str>) -> String {
        let mut text = format!("{}\n{}\n", self.zh(zone), self.en(zone));
        if let (Some(base), Some(case)) = (public_url, self.case) {
            text.push_str(&format!("{}/desk/cases/{case}\n", base.trim_end_matches('/')));
        }
        text
    }
}

/// The subject of a mail.
pub(crate) fn subject(facts: &[Fact]) -> String {
    match facts {
        [one] => {
            let (zh, en) = Move::parse(&one.kind).map_or(("通知", "notice"), |m| (m.zh(), m.en()));
            let urgent = if one.urgent { "紧急 " } else { "" };
            format!("[经纬] {urgent}案件 {}：{zh} / {en}", one.number)
        }
        all => {
            let n = all.len();
            format!("[经纬] {n} 条案件通知 / {n} notices")
        }
    }
}

/// The body of a mail.
pub(crate) fn mail(facts: &[Fact], zone: &TimeZone, public_url: Option<&str>) -> String {
    let mut text = String::new();
    for fact in facts {
        text.push_str(&fact.lines(zone, public_url));
        text.push('\n');
    }
    text.push_str(
        "--\n此邮件由经纬平台自动发送，请勿回复；可在“通知设置”中改变或关闭。\n\
         Sent by Jingwei; please do not answer. You can change or turn it off in your notice settings.\n",
    );
    text
}

/// Robots take short texts: WeCom 2,048 bytes, the others more.
const ROBOT_BYTES: usize = 1800;

/// The text of a robot: as many notices as it takes, and how many more there are.
pub(crate) fn robot(facts: &[Fact], zone: &TimeZone, public_url: Option<&str>) -> String {
    let mut text = String::from("经纬案件通知 / Jingwei\n");
    for (i, fact) in facts.iter().enumerate() {
        let lines = fact.lines(zone, public_url);
        if text.len() + lines.len() > ROBOT_BYTES {
            let more = facts.len() - i;
            text.push_str(&format!("另有 {more} 条，请登录查看 / {more} more; please sign in"));
            break;
        }
        text.push_str(&lines);
    }
    text.trim_end().to_owned()
}

/// What a robot says when it is tried out.
pub(crate) const ROBOT_TEST: &str = "经纬：机器人测试消息 / Jingwei: a test of this robot";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::zone;

    fn fact(n: usize) -> Fact {
        Fact {
            kind: "dispatch".into(),
            case: Some(CaseId(kernel::Uuid::from_u128(n as u128))),
            number: format!("99010126{n:06}"),
            stage: Some(Stage::Dispatched),
            item: Some("路灯".into()),
            due: Some(Moment(1_772_413_200_000)),
            urgent: false,
        }
    }

    #[test]
    fn a_notice_says_what_where_it_stands_and_by_when() {
        let z = zone("Asia/Shanghai");
        assert_eq!(fact(1).zh(&z), "【派遣】案件 99010126000001（路灯），现为待接收，时限 2026-03-02 09:00");
        assert_eq!(
            fact(1).en(&z),
            "[dispatch] case 99010126000001 (路灯), now dispatched, due 2026-03-02 09:00"
        );
        assert_eq!(subject(&[fact(1)]), "[经纬] 案件 99010126000001：派遣 / dispatch");
    }

    #[test]
    fn a_robot_never_says_more_than_it_may() {
        let z = zone("Asia/Shanghai");
        let facts: Vec<Fact> = (0..200).map(fact).collect();
        let text = robot(&facts, &z, Some("https://jingwei.example"));
        assert!(text.len() < 2048, "{}", text.len());
        assert!(text.contains("more; please sign in"));
    }
}
