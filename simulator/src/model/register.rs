//! The register of the invented region, as the commission would keep it.

use ward_event::{
    SenderId, UnitId,
    register::{
        Contact, ExpectedSource, Register, Sender, System, Unit as RegisterUnit, Zone as RegisterZone,
    },
};

use super::{
    HostKind, Region, Unit,
    addresses::Zone,
    units::{Eve, Flow},
};
use crate::{SimulatorError, rng::Rng};

/// Every source says something at least each quarter of an hour (see `background::beats`); twice that
/// and a bit is silence even where time moves in steps of a quarter of an hour.
const SILENT_AFTER_MIN: u32 = 45;

/// The county hospital leads the county's consortium.
const CONSORTIUM_LEADS: [&str; 1] = ["h05"];

impl Region {
    /// The register as TOML, for `Register::parse`.
    ///
    /// # Errors
    /// None for the units of this crate: their ids are checked by the tests.
    pub fn register_toml(&self) -> Result<String, SimulatorError> {
        let bad = |e: &dyn std::fmt::Display| SimulatorError::content("the region's register", e);
        let register = self.register().map_err(|e| bad(&e))?;
        let text = toml::to_string(&register).map_err(|e| bad(&e))?;
        Ok(format!(
            "# {}（虚构）：units, zones, systems and people of an invented region.\n\
             # Written by the simulator; no name, address or number in it belongs to anyone.\n\n{text}",
            self.name
        ))
    }

    fn register(&self) -> Result<Register, ward_event::ids::InvalidId> {
        let units = self.units.iter().map(|u| u.registered(self.seed)).collect::<Result<_, _>>()?;
        let senders = self.senders.iter().map(|(id, units)| {
            let units =
                units.iter().map(|&u| UnitId::new(self.units[u].spec.id)).collect::<Result<_, _>>()?;
            Ok(Sender { id: SenderId::new(id)?, units })
        });
        Ok(Register { units, senders: senders.collect::<Result<_, _>>()?, version: String::new() })
    }
}

impl Unit {
    fn registered(&self, seed: u64) -> Result<RegisterUnit, ward_event::ids::InvalidId> {
        let spec = self.spec;
        let tenant = Some(spec.tenant_code.to_owned()).filter(|c| !c.is_empty());
        Ok(RegisterUnit {
            id: UnitId::new(spec.id)?,
            name: spec.name.into(),
            name_en: spec.name_en.into(),
            kind: spec.kind.into(),
            grade: spec.grade.into(),
            locality: spec.county.into(),
            consortium: spec.consortium.into(),
            consortium_lead: CONSORTIUM_LEADS.contains(&spec.id),
            topology: spec.topology.into(),
            tenant_codes: tenant.into_iter().collect(),
            sources: self.formats().into_iter().map(expected).collect(),
            zones: self.zones(),
            systems: self.systems(),
            contacts: self.contacts(seed),
            position: Some(spec.position),
        })
    }

    /// The formats that come from this unit.
    pub fn formats(&self) -> Vec<&'static str> {
        let mut formats = vec!["syslog", "windows"];
        if self.spec.flow != Flow::None {
            formats.push("netflow");
        }
        if self.spec.eve != Eve::None {
            formats.push("eve");
        }
        formats
    }

    fn zones(&self) -> Vec<RegisterZone> {
        Zone::ALL
            .into_iter()
            .filter(|zone| self.hosts.iter().any(|h| h.kind.zone() == *zone))
            .map(|zone| RegisterZone { name: zone.name().into(), networks: vec![self.site.cidr(zone)] })
            .collect()
    }

    fn systems(&self) -> Vec<System> {
        let large = self.spec.grade.starts_with("三级");
        let system = |name: &str, kind: HostKind, level: u8, critical: bool| {
            let hosts: Vec<String> = self.of_kind(kind).iter().map(|&h| self.hosts[h].name.clone()).collect();
            (!hosts.is_empty()).then(|| System { name: name.into(), mlps_level: level, critical, hosts })
        };
        let core = if large { 3 } else { 2 };
        [
            system("医院信息系统（HIS）", HostKind::HisDb, core, self.spec.grade == "三级甲等"),
            system("检验信息系统（LIS）", HostKind::Lis, core, false),
            system("影像归档系统（PACS）", HostKind::Pacs, core, false),
            system("电子病历系统（EMR）", HostKind::Emr, core, false),
            system("门户与互联网诊疗", HostKind::Web, if large { 3 } else { 2 }, false),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Three people each, with names and numbers that are nobody's.
    fn contacts(&self, seed: u64) -> Vec<Contact> {
        const SURNAMES: &[&str] = &["林", "沈", "顾", "许", "罗", "姜", "范", "苏", "陆", "石", "邱", "莫"];
        const NAMES: &[&str] =
            &["清和", "远舟", "知行", "安宁", "守正", "云帆", "若谷", "明澈", "思齐", "景行"];
        let mut rng = Rng::keyed(seed, &[self.index as u64, 0x636f_6e74]);
        ["分管领导", "责任人", "联络员"]
            .into_iter()
            .enumerate()
            .map(|(n, role)| Contact {
                role: role.into(),
                name: format!("{}{}", rng.pick(SURNAMES), rng.pick(NAMES)),
                phone: format!("0000-555{:02}{:02}", self.index, n + 1),
                email: format!("{}-{}@{}.example", ["lead", "owner", "contact"][n], n + 1, self.spec.id),
                confirmed: format!("2026-{:02}-{:02}", rng.between(1, 6), rng.between(1, 28)),
                systems: Vec::new(),
            })
            .collect()
    }
}

fn expected(format: &str) -> ExpectedSource {
    ExpectedSource { format: format.into(), silent_after_min: SILENT_AFTER_MIN }
}
