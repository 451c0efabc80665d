//! Kinds of areas, units and map features, by their fixed codes.

use kernel::{AreaCode, Level};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        // Written out: the codes come in as macro parameters, which the derive cannot read.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($code),+]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}

        impl $name {
            /// The fixed code.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
            /// By its code.
            pub fn parse(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
            /// As stored; what we did not write is a damaged row.
            pub(crate) fn stored(code: &str) -> Result<$name, store::StoreError> {
                $name::parse(code).ok_or_else(|| store::StoreError::Internal(format!("unknown kind {code}")))
            }
        }
    };
}

kinds! {
    /// What sort of region, street, community or grid an area is.
    AreaKind {
        /// 市辖区
        District = "district",
        /// 县、旗
        County = "county",
        /// 县级市
        City = "city",
        /// 街道
        Subdistrict = "subdistrict",
        /// 镇
        Town = "town",
        /// 乡
        Township = "township",
        /// 社区
        Community = "community",
        /// 村
        Village = "village",
        /// 综合网格
        General = "general",
        /// 专属网格: a campus, market, hospital, tower
        Dedicated = "dedicated",
        /// A street or community of another sort: a development zone, a farm
        Other = "other",
    }
}

kinds! {
    /// What sort of unit.
    UnitKind {
        /// 职能部门
        Department = "department",
        /// 街道办事处、镇政府
        StreetOffice = "street_office",
        /// 物业公司
        PropertyCompany = "property_company",
        /// 水电气热通信企业
        Utility = "utility",
        /// 协会
        Association = "association",
        /// 居民委员会、村民委员会: takes on what is on its published list, and other tasks by its consent
        Community = "community",
        /// 业主委员会、业主大会
        OwnersBody = "owners_body",
        /// 其他企业: a market's or a park's operator, a contractor
        Enterprise = "enterprise",
    }
}

kinds! {
    /// What sort of named place.
    PlaceClass {
        /// 小区
        Estate = "estate",
        /// 道路、路段
        Road = "road",
        /// 公园、广场
        Park = "park",
        /// 市场、商场
        Market = "market",
        /// 校园、医院、机关大院
        Campus = "campus",
        /// 楼宇
        Building = "building",
        /// 设施
        Facility = "facility",
        /// 其他
        Other = "other",
    }
}

kinds! {
    /// What is drawn.
    FeatureKind {
        /// 道路
        Road = "road",
        /// 建筑
        Building = "building",
        /// 水面
        Water = "water",
    }
}

impl AreaKind {
    /// The kind that the code itself tells (FIELD.md §2; regions by GB/T 2260: 01–20 district, 21–80 county,
    /// 81–99 city): streets 001–099 subdistrict, 100–199 town, 200–399
    /// township; communities 001–199 residents', 200–399 villagers'; others exist. Grids are general.
    pub fn of(code: AreaCode) -> AreaKind {
        let n = code.get() % 1000;
        match (code.level(), n) {
            (Level::Region, _) => match n % 100 {
                1..=20 => AreaKind::District,
                21..=80 => AreaKind::County,
                81..=99 => AreaKind::City,
                _ => AreaKind::Other,
            },
            (Level::Grid, _) => AreaKind::General,
            (Level::Street, 1..=99) => AreaKind::Subdistrict,
            (Level::Street, 100..=199) => AreaKind::Town,
            (Level::Street, 200..=399) => AreaKind::Township,
            (Level::Community, 1..=199) => AreaKind::Community,
            (Level::Community, 200..=399) => AreaKind::Village,
            _ => AreaKind::Other,
        }
    }

    /// Whether an area of `level` can be of this kind.
    pub fn fits(self, level: Level) -> bool {
        use AreaKind::*;
        match level {
            Level::Region => matches!(self, District | County | City | Other),
            Level::Street => matches!(self, Subdistrict | Town | Township | Other),
            Level::Community => matches!(self, Community | Village | Other),
            Level::Grid => matches!(self, General | Dedicated),
        }
    }
}
