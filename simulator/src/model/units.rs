//! The units of the invented region, one line each. City, counties and all names are made up.

use super::hosts::HostKind;

/// How a unit's flows leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    None,
    V9,
    Ipfix,
}

/// How a unit's Suricata events leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eve {
    None,
    Http,
    Tail,
}

/// What is fixed about a unit.
#[derive(Debug)]
pub struct Spec {
    pub id: &'static str,
    pub name: &'static str,
    pub name_en: &'static str,
    /// As in the register.
    pub kind: &'static str,
    pub grade: &'static str,
    pub county: &'static str,
    pub consortium: &'static str,
    pub topology: &'static str,
    /// Empty for a unit with a sender of its own.
    pub tenant_code: &'static str,
    /// Its share of the region's people, machines and traffic.
    pub weight: f64,
    pub flow: Flow,
    pub eve: Eve,
    /// Its log appliance sends over TLS.
    pub tls: bool,
    /// Longitude and latitude of an invented map near open sea.
    pub position: [f64; 2],
    pub domain: &'static str,
}

impl Spec {
    /// Whether the unit runs a data centre of its own, with everything that goes with it.
    pub fn has_data_centre(&self) -> bool {
        self.topology == "own-datacentre"
    }

    pub fn is_tenant(&self) -> bool {
        !self.tenant_code.is_empty()
    }

    /// Whether patients are imaged here.
    pub fn has_imaging(&self) -> bool {
        matches!(self.kind, "hospital" | "maternal")
    }

    /// The server kinds a unit of this sort runs.
    pub fn servers(&self) -> &'static [HostKind] {
        use HostKind::{
            Backup, Bastion, DbAudit, DomainController, Emr, FileServer, Firewall, HisApp, HisDb, Ids, Lis,
            Pacs, Switch, Vpn, Waf, Web,
        };
        match self.topology {
            "own-datacentre" => &[
                DomainController,
                HisDb,
                HisApp,
                Lis,
                Pacs,
                Emr,
                FileServer,
                Web,
                Backup,
                Bastion,
                Firewall,
                Waf,
                DbAudit,
                Ids,
                Vpn,
                Switch,
            ],
            "imaging-cloud" => &[
                DomainController,
                HisDb,
                HisApp,
                Lis,
                Pacs,
                Web,
                Bastion,
                Firewall,
                DbAudit,
                Ids,
                Vpn,
                Switch,
            ],
            "hosted" => &[DomainController, HisDb, HisApp, Web, Bastion, Firewall, Switch],
            _ => &[HisDb, HisApp],
        }
    }
}

macro_rules! units {
    ($($id:literal $domain:literal $name:literal $en:literal $kind:literal $grade:literal $county:literal
       $consortium:literal $topology:literal $tenant:literal $weight:literal $flow:ident $eve:ident $tls:literal
       $lon:literal $lat:literal;)*) => {
        pub const UNITS: &[Spec] = &[$(Spec {
            id: $id, domain: $domain, name: $name, name_en: $en, kind: $kind, grade: $grade, county: $county,
            consortium: $consortium, topology: $topology, tenant_code: $tenant, weight: $weight,
            flow: Flow::$flow, eve: Eve::$eve, tls: $tls, position: [$lon, $lat],
        }),*];
    };
}

// id domain name / English / kind grade county consortium topology tenant weight flow eve tls lon lat
units! {
    "wjw" "WJW" "云澜市卫生健康委员会" "Yunlan Health Commission" "commission" "未定级" "澜江区" "" "own-datacentre" "" 1.6 V9 Http true 122.42 29.68;
    "h01" "H01" "云澜市第一人民医院" "Yunlan First People's Hospital" "hospital" "三级甲等" "澜江区" "" "own-datacentre" "" 13.0 V9 Http true 122.45 29.70;
    "h02" "H02" "云澜市中医医院" "Yunlan Hospital of Chinese Medicine" "hospital" "三级甲等" "澜江区" "" "own-datacentre" "" 10.0 Ipfix Tail true 122.39 29.66;
    "h03" "H03" "云澜市第二人民医院" "Yunlan Second People's Hospital" "hospital" "三级乙等" "云溪区" "" "own-datacentre" "" 8.0 V9 Http false 122.53 29.75;
    "h04" "H04" "云澜市妇幼保健院" "Yunlan Maternal and Child Hospital" "maternal" "三级乙等" "澜江区" "" "own-datacentre" "" 6.0 Ipfix Http true 122.47 29.64;
    "h05" "H05" "望川县人民医院" "Wangchuan People's Hospital" "hospital" "二级甲等" "望川县" "望川县医共体" "own-datacentre" "" 5.0 V9 Http false 122.20 29.92;
    "h06" "H06" "鹿原县人民医院" "Luyuan People's Hospital" "hospital" "二级甲等" "鹿原县" "" "own-datacentre" "" 5.0 Ipfix Tail false 122.75 29.90;
    "h07" "H07" "苇湖县人民医院" "Weihu People's Hospital" "hospital" "二级甲等" "苇湖县" "" "own-datacentre" "" 4.6 V9 Http false 122.70 29.45;
    "h08" "H08" "望川县中医院" "Wangchuan Hospital of Chinese Medicine" "hospital" "二级甲等" "望川县" "望川县医共体" "imaging-cloud" "" 3.6 Ipfix Http false 122.17 29.87;
    "h09" "H09" "云溪区人民医院" "Yunxi People's Hospital" "hospital" "二级乙等" "云溪区" "" "imaging-cloud" "" 3.2 V9 Http false 122.56 29.79;
    "h10" "H10" "云澜市精神卫生中心" "Yunlan Mental Health Centre" "hospital" "二级甲等" "云溪区" "" "own-datacentre" "" 2.8 Ipfix Http false 122.59 29.71;
    "h11" "H11" "澜江安禾医院" "Lanjiang Anhe Hospital" "hospital" "一级" "澜江区" "" "imaging-cloud" "" 1.5 Ipfix Http false 122.37 29.72;
    "cdc" "CDC" "云澜市疾病预防控制中心" "Yunlan Centre for Disease Control" "cdc" "未定级" "澜江区" "" "own-datacentre" "" 1.7 V9 Http true 122.43 29.73;
    "ih1" "IH1" "云澜互联网医院" "Yunlan Internet Hospital" "internet-hospital" "未定级" "澜江区" "" "hosted" "" 1.3 Ipfix Http true 122.41 29.70;
    "s01" "S01" "澜江区北桥社区卫生服务中心" "Beiqiao Community Health Centre" "community" "未定级" "澜江区" "" "hosted" "" 0.8 V9 None false 122.48 29.73;
    "s02" "S02" "云溪区石榴园社区卫生服务中心" "Shiliuyuan Community Health Centre" "community" "未定级" "云溪区" "" "hosted" "" 0.7 Ipfix None false 122.51 29.80;
    "s03" "S03" "澜江区南埠社区卫生服务中心" "Nanbu Community Health Centre" "community" "未定级" "澜江区" "" "hosted" "" 0.7 V9 None false 122.44 29.61;
    "t01" "T01" "望川县青崖镇卫生院" "Qingya Township Health Centre" "township" "一级" "望川县" "望川县医共体" "hosted" "" 0.6 V9 None false 122.10 29.98;
    "t02" "T02" "望川县双柳镇卫生院" "Shuangliu Township Health Centre" "township" "一级" "望川县" "望川县医共体" "hosted" "" 0.6 Ipfix None false 122.26 29.99;
    "t03" "T03" "鹿原县柏坡镇卫生院" "Baipo Township Health Centre" "township" "未定级" "鹿原县" "" "hosted" "" 0.5 V9 None false 122.83 29.96;
    "t04" "T04" "苇湖县雁滩乡卫生院" "Yantan Township Health Centre" "township" "未定级" "苇湖县" "" "hosted" "" 0.5 Ipfix None false 122.78 29.38;
    "k01" "K01" "鹿原县东岭镇卫生院" "Dongling Township Health Centre" "tenant" "一级" "鹿原县" "" "cloud-his" "YL3301" 0.6 None Http false 122.88 29.86;
    "k02" "K02" "鹿原县河湾镇卫生院" "Hewan Township Health Centre" "tenant" "未定级" "鹿原县" "" "cloud-his" "YL3302" 0.5 None Http false 122.70 29.99;
    "k03" "K03" "苇湖县芦洲镇卫生院" "Luzhou Township Health Centre" "tenant" "一级" "苇湖县" "" "cloud-his" "YL3403" 0.5 None Http false 122.63 29.37;
    "k04" "K04" "云溪区梧桐社区卫生服务中心" "Wutong Community Health Centre" "tenant" "未定级" "云溪区" "" "cloud-his" "YL3204" 0.6 None Http false 122.62 29.83;
    "k05" "K05" "苇湖县白鹭镇卫生院" "Bailu Township Health Centre" "tenant" "未定级" "苇湖县" "" "cloud-his" "YL3405" 0.4 None Http false 122.81 29.50;
}
