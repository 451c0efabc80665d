//! The county's item catalogue: sixty kinds of matter in our own words, with what people say about each.
//!
//! Majors are numbered through, components 01–05 and events 06–11, so that one code never means two items
//! (catalogues that number both from 01 need the kind beside the code). Local extensions count down from 99.

use crate::areas::REGION;
use crate::units::index::*;
use serde::Serialize;

/// A kind of matter.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Ten digits: 6 region, 2 major, 2 minor.
    pub code: u64,
    /// "component" (a thing that is broken) or "event" (something that happens).
    pub kind: &'static str,
    /// Chinese name of the major.
    pub major: &'static str,
    /// Chinese name.
    pub name: &'static str,
    /// Time limit in hours, above 0: round the clock when urgent, else hours of the county's working calendar
    /// or plain hours, as whoever loads the catalogue declares.
    pub limit_hours: i64,
    /// Danger to life or property: the clock runs day and night.
    pub urgent: bool,
    /// Residents may report it themselves.
    pub public: bool,
    /// Index into `County::units` of the unit that usually answers.
    pub unit: usize,
    /// When the responsible party is named by its relation to the place rather than by `unit`: "street" (the
    /// street of the place) or "property" (the property company of the estate).
    pub unit_role: Option<&'static str>,
    /// How often it is reported, relative to the others.
    pub weight: u32,
    /// What people see, to build reports from: {n} small number, {m} metres.
    #[serde(skip)]
    pub(crate) seen: &'static [&'static str],
    /// Which consequences fit it.
    #[serde(skip)]
    pub(crate) tone: Tone,
    /// What is done about it, to build results from.
    #[serde(skip)]
    pub(crate) done: &'static [&'static str],
}

/// What a matter does to people: chooses the sentences about consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Broken,
    Dirty,
    Blocked,
    Noise,
    Danger,
    Home,
    Green,
    Air,
    Service,
}

/// Majors in code order, 01 first.
pub(crate) const MAJORS: [(&str, &str); 11] = [
    ("component", "公用设施"),
    ("component", "交通设施"),
    ("component", "市容环境"),
    ("component", "园林绿化"),
    ("component", "其他部件"),
    ("event", "市容环境"),
    ("event", "宣传广告"),
    ("event", "施工管理"),
    ("event", "街面秩序"),
    ("event", "突发事件"),
    ("event", "其他事件"),
];

use Tone::*;
const STREET: Option<&str> = Some("street");
const ESTATE: Option<&str> = Some("property");
const OPEN: bool = true;
const INNER: bool = false;
const URGENT: bool = true;
const CALM: bool = false;

/// major, minor, name, hours, urgent, public, unit, role, weight, tone, seen, done.
type Row = (
    u64,
    u64,
    &'static str,
    i64,
    bool,
    bool,
    usize,
    Option<&'static str>,
    u32,
    Tone,
    &'static [&'static str],
    &'static [&'static str],
);

#[rustfmt::skip]
const ROWS: [Row; 60] = [
    (1, 1, "雨水井盖", 4, URGENT, OPEN, DRAINAGE, None, 22, Danger, &["一块雨水井盖移位，露出{n}指宽的缝", "雨水井盖碎了一角，轮子容易卡进去", "雨水箅子不见了，只剩一个黑洞", "雨水井盖翘起，车压过去哐当响"], &["更换雨水井盖并加装防坠网", "扶正井座，重新安放井盖"]),
    (1, 2, "污水井盖", 4, URGENT, OPEN, DRAINAGE, None, 16, Danger, &["污水井盖破裂，中间已经下陷", "污水井盖周围的路面沉了大约{n}厘米", "污水井盖被车压偏，没有盖严", "污水井盖缺失，旁边只放了一根树枝"], &["更换破损的污水井盖，周边补浇混凝土", "重新安放井盖，加装防坠网"]),
    (1, 3, "路灯", 24, CALM, OPEN, MUNICIPAL, None, 30, Broken, &["连续{n}盏路灯不亮", "路灯一闪一闪，已经{n}天", "路灯杆歪斜，底座螺丝松了", "路灯白天亮着、晚上反而不亮", "路灯灯罩掉下一半，挂在杆上"], &["更换灯具{n}盏，当晚试亮正常", "查出线路接头松脱，重接后全部亮灯"]),
    (1, 4, "供水管道", 8, URGENT, OPEN, TAP_WATER, None, 14, Danger, &["地下水管冒水，路面积水有{m}米宽", "消火栓底部一直渗水", "水表井里往外涌水", "自来水管接头处喷水，流了一路"], &["关阀抢修{n}小时，更换管段{m}米，已恢复供水", "更换接头，渗水已止住"]),
    (1, 5, "电力设施", 8, URGENT, OPEN, POWER, None, 10, Danger, &["配电箱门敞开，里面的线看得见", "电线杆上有根线垂下来，离地不到{n}米", "变压器嗡嗡响，还有焦味", "电表箱外壳脱落"], &["断电后更换箱门和锁，已通电", "收紧下垂线路，离地高度复测合格"]),
    (1, 6, "通信线缆", 48, CALM, OPEN, TELECOM, None, 18, Broken, &["一根通信线断了垂到人行道上", "光缆交接箱倾倒在绿化带边", "楼道口的网线乱成一团，垂下{n}根", "废弃的线缆拖在地上大约{m}米"], &["垂线已收紧入槽", "清理废弃线缆{m}米，其余捆扎整齐"]),
    (1, 7, "健身器材", 72, CALM, OPEN, MUNICIPAL, STREET, 10, Broken, &["漫步机的踏板掉了一只", "健身器材的螺丝松动，摇得厉害", "单杠底座锈穿了", "扭腰器转不动，露出尖角"], &["更换踏板和轴承，试用正常", "加固底座，更换锈蚀螺栓{n}颗"]),
    (1, 99, "电动自行车充电桩", 48, CALM, OPEN, PROPERTY, ESTATE, 14, Broken, &["充电桩{n}个插口没有电", "充电桩扫码后不通电，钱也没退", "充电棚的遮雨板掉了一块", "充电桩的插座发烫，有焦痕"], &["更换插座{n}个，测试通电正常", "重启控制器，退款已由运营方办理"]),
    (2, 1, "道路破损", 72, CALM, OPEN, MUNICIPAL, None, 24, Danger, &["路面有个坑，长约{n}十厘米", "沥青开裂，裂缝延伸{m}米", "路面塌陷，雨后看不见深浅", "修管子以后路面没有补平，高低差{n}厘米"], &["铣刨后重铺沥青{m}平方米", "坑洞已填补压实，与路面齐平"]),
    (2, 2, "交通信号灯", 4, URGENT, OPEN, TRAFFIC, None, 8, Danger, &["红绿灯全部不亮", "一个方向的红灯不亮", "信号灯倒计时停在{n}秒不动", "人行横道的绿灯时间太短，只有{n}秒"], &["更换控制板，信号恢复", "调整配时，行人绿灯加长到{m}秒"]),
    (2, 3, "交通护栏", 48, CALM, OPEN, TRANSPORT, None, 12, Broken, &["中间护栏被撞倒大约{m}米", "护栏一节脱开，伸到车道里", "隔离墩移位，占了非机动车道", "护栏上的反光片掉了一大半"], &["更换护栏{n}节，补贴反光片", "护栏归位并加固立柱"]),
    (2, 4, "公交站亭", 72, CALM, OPEN, TRANSPORT, None, 8, Broken, &["站亭玻璃碎了一块", "站牌被撞歪，看不清线路", "候车座椅断了一条腿", "站亭顶棚漏雨"], &["更换站亭玻璃一块", "扶正站牌，补装座椅"]),
    (2, 5, "人行道砖", 72, CALM, OPEN, MUNICIPAL, None, 18, Danger, &["人行道砖松动，下雨一踩一身水", "盲道砖缺了{n}块", "人行道砖拱起来，绊脚", "人行道上坑洼{m}米，轮椅过不去"], &["重铺人行道砖{m}平方米", "补齐盲道砖{n}块，垫层重新夯实"]),
    (2, 6, "道路标线", 120, CALM, OPEN, TRAFFIC, None, 6, Broken, &["斑马线磨得看不清了", "停车位的线褪色，车乱停", "路口的导向箭头看不见"], &["重新施划标线{m}米", "补划导向箭头{n}处"]),
    (3, 1, "垃圾箱", 24, CALM, OPEN, SANITATION, None, 20, Dirty, &["垃圾箱满了没人清，袋子堆了{n}个", "垃圾箱盖坏了，气味很大", "果皮箱被撞倒，垃圾散了一地", "分类垃圾桶少了一只"], &["清空并冲洗垃圾箱，清运频次改为每天两次", "更换垃圾桶{n}只"]),
    (3, 2, "公共厕所", 24, CALM, OPEN, SANITATION, None, 10, Dirty, &["公厕堵了，污水流到门口", "公厕没有水，冲不了", "公厕的灯坏了，晚上一片黑", "公厕洗手池的龙头拧不紧"], &["疏通管道，恢复供水，全面保洁", "更换灯具和龙头"]),
    (3, 3, "垃圾中转站", 24, CALM, OPEN, SANITATION, None, 5, Dirty, &["中转站门口的污水流到路上", "中转站压缩的声音一直到夜里{n}点", "中转站的垃圾溢出围栏"], &["清洗污水沟{m}米，当班垃圾全部转运", "调整作业时间，晚八点后不再压缩"]),
    (4, 1, "行道树", 48, CALM, OPEN, PARKS, None, 16, Green, &["行道树枯死，枝条往下掉", "树枝挡住了路灯和红绿灯", "树根把路面顶起{n}厘米", "行道树的支撑杆断了"], &["修剪枯枝{n}株，枝条已清运", "更换支撑杆，挖去凸起树根并补平路面"]),
    (4, 2, "绿地绿篱", 72, CALM, OPEN, PARKS, None, 12, Green, &["绿化带被踩出一条土路", "绿篱高过{n}米，转弯看不见来车", "绿地里的灌木枯了大约{m}米", "花坛的石沿碎了，泥土流出来"], &["补种灌木{m}平方米", "修剪绿篱{m}米，视线已无遮挡"]),
    (4, 3, "公园设施", 72, CALM, OPEN, PARKS, None, 8, Broken, &["公园木栈道的板断了{n}块", "凉亭的瓦片滑落", "公园的长椅只剩铁架", "湖边的护栏松动"], &["更换木栈道板{n}块", "修复座椅和护栏"]),
    (5, 1, "消防栓", 24, URGENT, OPEN, FIRE, None, 8, Danger, &["消防栓被围在摊位里面", "消防栓的出水口盖子没了", "消防栓被撞斜，根部裂开", "楼道消火栓箱里没有水带"], &["搬离周围物品，试水压力正常", "更换出水口盖，校正栓体"]),
    (5, 2, "宣传栏", 120, CALM, INNER, STREETS, STREET, 5, Broken, &["宣传栏玻璃破裂", "宣传栏立柱锈断，向外倾斜", "公示栏灯箱漏水"], &["更换玻璃并加固立柱", "除锈补焊，做好防水"]),
    (5, 99, "河道护栏", 48, CALM, OPEN, WATER, None, 6, Danger, &["河边护栏缺了{m}米", "亲水平台的链条断了", "河埠头的石阶松动"], &["补装护栏{m}米", "更换链条，台阶重新勾缝"]),
    (6, 1, "暴露垃圾", 12, CALM, OPEN, SANITATION, None, 34, Dirty, &["路边堆着{n}袋生活垃圾", "空地上倒了一车垃圾", "沟里漂着塑料袋和泡沫", "墙角堆放旧家具，已经{n}天"], &["清运垃圾{n}车，地面冲洗干净", "清理干净并补放垃圾桶一只"]),
    (6, 2, "建筑垃圾堆放", 48, CALM, OPEN, ENFORCEMENT, None, 20, Dirty, &["有人把装修垃圾倒在路边，约{n}方", "砖块和水泥袋占了半条道", "夜里有车来倒渣土", "楼下堆着拆下来的门窗和碎瓷砖"], &["清运建筑垃圾{n}方", "查明来源，责令当日自行清运完毕"]),
    (6, 3, "道路油污积泥", 12, CALM, OPEN, SANITATION, None, 10, Dirty, &["路面有一大片油，长约{m}米", "泥浆从工地门口带到路上", "渣土车撒了一路的泥", "餐馆门前油污很厚，走路打滑"], &["撒砂吸油后冲洗路面{m}米", "清扫积泥，要求工地出口冲洗车轮"]),
    (6, 4, "污水外溢", 8, URGENT, OPEN, DRAINAGE, None, 16, Dirty, &["污水从井口往外冒", "化粪池满了，污水流过人行道", "雨后积水{n}厘米深，一直不退", "下水道堵塞，一楼门口返水"], &["疏通管道{m}米，排水恢复", "清掏化粪池，抽运{n}车"]),
    (6, 5, "河道漂浮物", 48, CALM, OPEN, WATER, None, 10, Dirty, &["河面漂着水草和塑料瓶，有{m}米长", "桥墩下面卡了一堆树枝和泡沫箱", "河水发黑，还有气味", "岸边有人丢了死鱼"], &["打捞漂浮物{n}船", "清理桥墩处树枝，排查上游排口"]),
    (6, 6, "餐饮油烟", 72, CALM, OPEN, ENVIRONMENT, None, 14, Air, &["楼下饭店的油烟直排到窗口", "烧烤店的烟飘到{n}楼", "油烟管道对着住户阳台", "早餐店的油烟机没有净化装置"], &["店家清洗净化装置，排烟口改向", "检测排放后责令更换净化器，限期{n}日"]),
    (6, 99, "废旧家具堆放", 48, CALM, OPEN, PROPERTY, ESTATE, 12, Dirty, &["单元门口堆着旧沙发和床垫", "楼道里放了{n}件旧家具", "垃圾房外面堆满大件垃圾"], &["搬走大件垃圾{n}件", "清空楼道，设大件垃圾投放点"]),
    (7, 1, "乱张贴涂写", 24, CALM, OPEN, ENFORCEMENT, None, 16, Dirty, &["墙上贴满小广告", "楼道里喷了{n}处开锁号码", "电线杆上的广告一层叠一层", "公交站亭上贴了招租广告"], &["铲除小广告{n}处并刷白墙面", "清洗站亭，拆除招租贴纸"]),
    (7, 2, "违规户外广告", 72, CALM, OPEN, ENFORCEMENT, None, 8, Danger, &["楼顶的广告牌松动，风一吹就晃", "门头招牌伸出来大约{n}米", "广告布脱落一角挂在半空", "灯箱放在盲道上"], &["拆除松动的广告牌", "加固招牌，伸出部分已切除"]),
    (7, 3, "横幅占道", 24, CALM, OPEN, ENFORCEMENT, None, 5, Blocked, &["横幅拉在两棵树之间，挡住视线", "道旗倒在人行道上", "店家的气拱门占了非机动车道"], &["横幅已拆除", "扶起道旗，移到绿化带内"]),
    (8, 1, "施工扬尘", 24, CALM, OPEN, HOUSING, None, 18, Air, &["工地没有洒水，灰尘飘到家里", "土堆没有盖网，风一大看不清路", "拆房子不喷水，整条街都是灰", "渣土车出门不冲洗轮胎"], &["工地已覆盖防尘网{m}平方米并增开喷雾", "责令洒水作业，出口冲洗设施已启用"]),
    (8, 2, "夜间施工", 12, CALM, OPEN, ENFORCEMENT, None, 18, Noise, &["工地夜里{n}点还在打桩", "半夜浇筑混凝土，泵车一直响", "凌晨有车来卸钢管", "中午也在切割，不停"], &["责令停止超时施工，许可时段已张贴", "约谈施工单位，卸货改到白天"]),
    (8, 3, "施工围挡破损", 48, CALM, OPEN, HOUSING, None, 8, Danger, &["围挡倒了{m}米，里面是基坑", "围挡的铁皮翘起，伸到人行道", "围挡上的警示灯不亮"], &["重新立起围挡{m}米，补警示灯", "更换翘起的铁皮"]),
    (8, 4, "擅自挖掘道路", 48, CALM, OPEN, MUNICIPAL, None, 8, Blocked, &["有人把路挖开，沟有{m}米长", "挖开的路面只盖了一块铁板", "路挖了{n}天没有人来填"], &["责令停工并补办手续，沟槽已回填", "回填压实，恢复路面{m}米"]),
    (9, 1, "机动车乱停放", 4, CALM, OPEN, TRAFFIC, None, 32, Blocked, &["{n}辆车停在人行道上", "有车停在双黄线旁边，公交过不去", "消火栓前面停了一辆货车", "学校门口两边都停满，只剩一条缝"], &["现场劝离{n}辆，其余依规处理", "通道已恢复畅通，补设禁停标志"]),
    (9, 2, "非机动车乱停放", 12, CALM, OPEN, ENFORCEMENT, None, 16, Blocked, &["共享单车堆了{n}十多辆", "电动车停满盲道", "单元门被电动车堵住", "车棚门口停满电动车，里面的出不来"], &["清理归位{n}十辆", "重新划出停放区，通知运营方调运"]),
    (9, 3, "占道经营", 8, CALM, OPEN, ENFORCEMENT, None, 22, Blocked, &["{n}个摊位摆在车道边", "水果车停在路口，行人绕到车道上", "店家把桌椅摆到人行道", "早市的摊子到{n}点还没有收"], &["摊位已劝导到疏导点", "清理占道桌椅{n}套，恢复人行道"]),
    (9, 4, "店外堆物", 12, CALM, OPEN, ENFORCEMENT, None, 14, Blocked, &["店门口堆了{n}箱货", "修车铺把轮胎摆到路上", "五金店的钢管伸到人行道", "快递包裹占了半个门洞"], &["货物已搬回店内", "清理占道物品，门前通行恢复"]),
    (9, 5, "社会生活噪音", 12, CALM, OPEN, ENFORCEMENT, None, 24, Noise, &["广场的音响开到夜里{n}点", "店铺的喇叭循环叫卖", "楼下歌厅的低音震得窗户响", "楼上半夜拖动桌椅，连着{n}天"], &["音响已调低，约定晚八点前结束", "要求停用外放喇叭，加装减震垫"]),
    (9, 6, "露天烧烤", 12, CALM, OPEN, ENFORCEMENT, None, 8, Air, &["路边{n}个烧烤摊，烟很大", "烧烤摊收了以后满地竹签和油", "烧烤炉摆在树下，叶子都烤黄了"], &["摊点已收，地面冲洗干净", "劝导进店经营，清理油污{m}平方米"]),
    (9, 99, "僵尸车", 120, CALM, OPEN, TRAFFIC, None, 8, Blocked, &["一辆没有牌照的车停了{n}个月", "报废面包车占着公共车位", "车身长满灰，轮胎已经瘪了的车占着消防通道口"], &["张贴通知期满后已拖移", "联系停放人自行驶离"]),
    (10, 1, "燃气异味", 1, URGENT, OPEN, GAS, None, 8, Danger, &["闻到很重的燃气味", "楼道里有煤气味，越来越浓", "路边阀门井有嘶嘶声和气味", "燃气管被挖到，有气冒出来"], &["关阀检测，更换老化软管，复测无泄漏", "疏散后抢修，更换阀门，浓度恢复正常"]),
    (10, 2, "树木倒伏", 4, URGENT, OPEN, PARKS, None, 10, Danger, &["大树倒在路上，只能过一辆车", "风把树吹断，压在{n}辆车上", "树倒了，压住一根电线", "半棵树斜靠在围墙上"], &["锯断倒木{n}段并清运，道路恢复", "扶正支撑，断枝清理完毕"]),
    (10, 3, "消防通道堵塞", 4, URGENT, OPEN, FIRE, None, 20, Blocked, &["消防通道停了{n}辆车", "安全出口被货架挡住", "楼梯间堆满纸箱，门推不开", "消防通道装了地锁"], &["车辆已移走，重新施划禁停标线", "搬离杂物，拆除地锁{n}个"]),
    (10, 4, "电梯故障", 2, URGENT, OPEN, MARKET, ESTATE, 16, Danger, &["电梯停在{n}楼和上一层之间", "电梯门关不上，反复开合", "电梯突然下坠一下又停住", "电梯里的呼叫按钮没有反应"], &["停梯检修，更换门机部件，试运行正常", "更换呼叫装置，检验合格后恢复使用"]),
    (10, 5, "墙面脱落", 8, URGENT, OPEN, HOUSING, None, 10, Danger, &["外墙瓷砖掉下{n}块", "阳台底板的水泥块往下掉", "外墙保温层鼓起来一大片", "屋檐的瓦片滑到边上"], &["拉警戒线，清除松动瓷砖{n}平方米", "凿除空鼓部分并重新粉刷"]),
    (10, 6, "道路积水", 4, URGENT, OPEN, DRAINAGE, None, 12, Danger, &["桥下积水有{n}十厘米深", "路口积水，电动车熄火", "雨水倒灌进地下车库", "低洼处积水{m}米宽，过不去"], &["抽排积水{n}小时，清掏雨水口", "积水已退，疏通箅子{n}处"]),
    (10, 7, "山坡滑落", 2, URGENT, OPEN, LAND, None, 4, Danger, &["山坡的石头滚到路上，有{n}块", "坡上的土塌下来，堵了半条路", "屋后的坡出现裂缝，长{m}米"], &["清除落石，坡脚设挡墙", "裂缝已封填，设观测点{n}处"]),
    (10, 99, "电动自行车飞线充电", 8, URGENT, OPEN, FIRE, ESTATE, 18, Danger, &["从{n}楼窗口拉线下来充电", "楼道里有{n}辆电动车在充电", "插线板挂在窗外淋雨", "电瓶放在门口过夜充电"], &["拆除飞线，引导到充电棚", "楼道车辆已移出，拔除插线板{n}个"]),
    (11, 1, "楼上漏水", 48, CALM, OPEN, PROPERTY, ESTATE, 18, Home, &["楼上漏水，天花板湿了一大片", "卫生间顶上滴水，接了{n}盆", "外墙渗水，墙皮整片起鼓", "屋顶漏雨，下一次漏一次"], &["查明渗漏点，重做防水{m}平方米", "更换楼上排水管，三天未再渗漏"]),
    (11, 2, "物业服务纠纷", 120, CALM, OPEN, ASSOCIATION, STREET, 12, Service, &["小区的门禁坏了{n}天没有修", "公共部位的收支一直没有公示", "楼道的灯报修{n}次没有人来", "车位收费标准贴出来前后不一样"], &["补齐收支公示，门禁已修好", "三方协商，约定{n}日内逐项整改"]),
    (11, 3, "邻里噪音调解", 72, CALM, OPEN, STREETS, STREET, 12, Noise, &["隔壁装修不分时间，周末也在敲墙", "楼上的空调外机震动，一夜睡不着", "楼下的麻将声到夜里{n}点", "对门的狗从早叫到晚"], &["双方商定装修时段并签字", "外机加装减震垫，双方认可"]),
    (11, 4, "流浪犬只", 24, CALM, OPEN, STREETS, STREET, 10, Danger, &["有{n}只没有主人的狗在游荡", "一只大狗没有牵绳，追着小孩跑", "流浪狗在垃圾房旁边做窝"], &["收容{n}只，送往收容点", "联系饲养人牵绳看管，清理窝点"]),
    (11, 5, "违法搭建", 120, CALM, OPEN, ENFORCEMENT, None, 14, Blocked, &["有人在楼顶搭彩钢棚", "一楼把公共绿地围成院子", "车库改成了店面，门朝着路开", "后巷搭了{m}米长的雨棚"], &["自行拆除完毕，场地已清理", "送达限期拆除通知，{n}日后复查已拆"]),
    (11, 6, "蚊虫鼠害", 72, CALM, OPEN, HEALTH, STREET, 8, Dirty, &["水塘边蚊子特别多", "垃圾房附近白天也看见老鼠", "下水口爬出很多蟑螂", "绿化带积水生虫"], &["清除积水并消杀{m}平方米", "投放毒饵站{n}处，垃圾房封堵孔洞"]),
    (11, 7, "秸秆露天焚烧", 4, URGENT, OPEN, FARMING, STREET, 6, Air, &["田里烧秸秆，烟飘到公路上", "地头有{n}堆火，没有人看", "沟边烧枯草，离林子很近"], &["火已扑灭，秸秆打包外运", "现场浇灭火堆{n}处，张贴禁烧通告"]),
    (11, 99, "公共场所照明不足", 72, CALM, OPEN, STREETS, STREET, 8, Broken, &["这条巷子没有路灯，晚上一片黑", "单元门口的灯坏了{n}个星期", "停车场只有一盏灯亮", "桥下的通道没有照明"], &["加装太阳能灯{n}盏", "更换灯泡和声控开关"]),
];

/// The catalogue in the order of the codes.
pub(crate) fn all() -> Vec<Item> {
    let item = |row: &Row| {
        let &(major, minor, name, limit_hours, urgent, public, unit, unit_role, weight, tone, seen, done) =
            row;
        let (kind, major_name) = MAJORS[major as usize - 1];
        let code = u64::from(REGION) * 10_000 + major * 100 + minor;
        Item {
            code,
            kind,
            major: major_name,
            name,
            limit_hours,
            urgent,
            public,
            unit,
            unit_role,
            weight,
            seen,
            tone,
            done,
        }
    };
    ROWS.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ascending_and_ten_digits() {
        let items = all();
        assert!(items.windows(2).all(|p| p[0].code < p[1].code));
        assert!(items.iter().all(|i| i.code / 10_000 == 990_101 && i.limit_hours > 0 && !i.seen.is_empty()));
    }
}
