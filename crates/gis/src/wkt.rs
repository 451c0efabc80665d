//! Well-known text: `POLYGON ((116.1 39.9, …))`, also EWKT with `SRID=…;` before it.

use crate::{Geometry, GeometryFault, layer::number_text};
use serde_json::{Value, json};

/// What a text says, and whether heights were dropped. Empty text and `POLYGON EMPTY` are no geometry.
pub(crate) fn read(text: &str) -> (Geometry, bool) {
    let mut reader = Reader { text, at: 0, extra: 0, deep: false };
    let geometry = match reader.geometry() {
        Ok(geometry) => geometry,
        Err(why) => {
            let at = reader.text[..reader.at].chars().count() + 1;
            let (zh, en) = why;
            Geometry::Fault(GeometryFault::new(
                "geometry.bad_wkt",
                format!("WKT 第 {at} 个字符处:{zh}"),
                format!("WKT, character {at}: {en}"),
            ))
        }
    };
    (geometry, reader.deep)
}

/// The number after `SRID=`, as `EPSG:…`.
pub(crate) fn srid(text: &str) -> Option<String> {
    let (head, _) = text.trim_start().split_once(';')?;
    let number = head.strip_prefix("SRID=").or(head.strip_prefix("srid="))?;
    number.trim().parse::<u32>().ok().map(|n| format!("EPSG:{n}"))
}

type Why = (&'static str, &'static str);

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Ordinates beyond the second that are announced.
    extra: usize,
    deep: bool,
}

impl Reader<'_> {
    fn geometry(&mut self) -> Result<Geometry, Why> {
        self.space();
        if self.rest().is_empty() {
            return Ok(Geometry::None);
        }
        if self.rest().get(..5).is_some_and(|s| s.eq_ignore_ascii_case("srid=")) {
            match self.rest().find(';') {
                Some(n) => self.at += n + 1,
                None => return Err(("SRID 之后缺少分号。", "a semicolon is missing after SRID.")),
            }
        }
        let kind = self.word();
        let mut dimension = self.word();
        // `POLYGONZ` is written too.
        let bare = ["ZM", "Z", "M"].iter().find_map(|d| {
            let bare = kind.strip_suffix(d)?;
            ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"]
                .contains(&bare)
                .then_some((bare.to_owned(), (*d).to_owned()))
        });
        let kind = match bare {
            Some((bare, d)) => {
                if dimension.is_empty() {
                    dimension = d;
                }
                bare
            }
            None => kind,
        };
        let empty = dimension == "EMPTY" || { !dimension.is_empty() && self.word() == "EMPTY" };
        self.extra = match dimension.as_str() {
            "ZM" => 2,
            "Z" | "M" => 1,
            "" | "EMPTY" => 0,
            _ => return Err(("几何类型之后应为左括号。", "a parenthesis has to follow the type.")),
        };
        if empty {
            return self.end(Geometry::None);
        }
        let geometry = match kind.as_str() {
            "POLYGON" => Geometry::Polygon(vec![self.rings()?]),
            "MULTIPOLYGON" => Geometry::Polygon(self.list(Self::rings)?),
            "POINT" => {
                let points = self.positions()?;
                let &[only] = &points[..] else {
                    return Err(("POINT 只能有一个位置。", "a POINT has one position."));
                };
                other("Point", json!(only))
            }
            "LINESTRING" => other("LineString", json!(self.positions()?)),
            "MULTILINESTRING" => other("MultiLineString", json!(self.rings()?)),
            "MULTIPOINT" => {
                let at = self.at;
                self.expect('(')?;
                self.space();
                let nested = self.rest().starts_with('(');
                self.at = at;
                let points = if nested { self.rings()?.concat() } else { self.positions()? };
                other("MultiPoint", json!(points))
            }
            "GEOMETRYCOLLECTION" => {
                return Err((
                    "不读取 GEOMETRYCOLLECTION,请拆成单个要素。",
                    "a GEOMETRYCOLLECTION is not read: make it features of their own.",
                ));
            }
            _ => return Err(("应为 POLYGON 或 MULTIPOLYGON。", "has to be POLYGON or MULTIPOLYGON.")),
        };
        self.end(geometry)
    }

    fn end(&mut self, geometry: Geometry) -> Result<Geometry, Why> {
        self.space();
        if self.rest().is_empty() {
            Ok(geometry)
        } else {
            Err(("几何之后还有文字。", "text follows the geometry."))
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&mut self) -> String {
        self.space();
        let word: String = self.rest().chars().take_while(char::is_ascii_alphabetic).collect();
        self.at += word.len();
        word.to_ascii_uppercase()
    }

    fn next(&mut self, wanted: char) -> bool {
        self.space();
        let is = self.rest().starts_with(wanted);
        self.at += if is { wanted.len_utf8() } else { 0 };
        is
    }

    fn expect(&mut self, wanted: char) -> Result<(), Why> {
        match (self.next(wanted), wanted) {
            (true, _) => Ok(()),
            (false, '(') => Err(("应为左括号。", "“(” is missing.")),
            (false, _) => {
                Err(("应为逗号或右括号;文字可能不完整。", "“,” or “)” is missing; the text may be cut off."))
            }
        }
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, Why>) -> Result<Vec<T>, Why> {
        self.expect('(')?;
        let mut all = vec![one(self)?];
        while self.next(',') {
            all.push(one(self)?);
        }
        self.expect(')')?;
        Ok(all)
    }

    fn rings(&mut self) -> Result<Vec<Vec<[f64; 2]>>, Why> {
        self.list(Self::positions)
    }

    fn positions(&mut self) -> Result<Vec<[f64; 2]>, Why> {
        self.list(Self::position)
    }

    fn position(&mut self) -> Result<[f64; 2], Why> {
        let p = [self.number()?, self.number()?];
        let mut more = 0;
        // Some writers give heights without announcing them.
        while more < 2 && {
            self.space();
            !self.rest().starts_with([',', ')']) && !self.rest().is_empty()
        } {
            self.number()?;
            more += 1;
        }
        if more < self.extra {
            return Err(("缺少所声明的高程或量测值。", "the height or measure announced is missing."));
        }
        self.deep |= more > 0;
        Ok(p)
    }

    fn number(&mut self) -> Result<f64, Why> {
        self.space();
        let rest = self.rest();
        let length = rest.find(|c: char| c.is_whitespace() || "(),".contains(c)).unwrap_or(rest.len());
        let number = rest[..length].parse();
        match number {
            Ok(n) => {
                self.at += length;
                Ok(n)
            }
            Err(_) => Err(("应为数。", "a number is missing.")),
        }
    }
}

fn other(kind: &str, coordinates: Value) -> Geometry {
    Geometry::Other(json!({"type": kind, "coordinates": coordinates}))
}

/// The text of a geometry; empty for none.
pub(crate) fn write(geometry: &Geometry) -> String {
    match geometry {
        Geometry::None | Geometry::Fault(_) => String::new(),
        Geometry::Polygon(parts) => {
            let ring = |r: &Vec<[f64; 2]>| {
                let all: Vec<_> =
                    r.iter().map(|p| format!("{} {}", number_text(p[0]), number_text(p[1]))).collect();
                format!("({})", all.join(", "))
            };
            let part =
                |p: &Vec<Vec<[f64; 2]>>| format!("({})", p.iter().map(ring).collect::<Vec<_>>().join(", "));
            let parts: Vec<_> = parts.iter().map(part).collect();
            match &parts[..] {
                [] => "MULTIPOLYGON EMPTY".to_owned(),
                [only] => format!("POLYGON {only}"),
                _ => format!("MULTIPOLYGON ({})", parts.join(", ")),
            }
        }
        Geometry::Other(value) => {
            let kind = value["type"].as_str().unwrap_or_default().to_ascii_uppercase();
            match (kind.as_str(), &value["coordinates"]) {
                ("POINT", c) => format!("POINT ({})", nested(c)),
                (_, c) => format!("{kind} {}", nested(c)),
            }
        }
    }
}

fn nested(value: &Value) -> String {
    match value.as_array() {
        Some(list) if list.iter().all(Value::is_number) => {
            let numbers: Vec<_> = list.iter().filter_map(Value::as_f64).map(number_text).collect();
            numbers.join(" ")
        }
        Some(list) => {
            let all: Vec<_> = list.iter().map(nested).collect();
            format!("({})", all.join(", "))
        }
        None => String::new(),
    }
}
