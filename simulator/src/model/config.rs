//! The configuration that listens to the invented region: one collector a sender.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ward_event::{
    Format, SenderId, UnitId,
    config::{Collect, Config, Tail},
};

use super::{Eve, Flow, Region, TENANT_FIELD};
use crate::SimulatorError;

/// Where the demo keeps what its configuration names.
#[derive(Debug, Clone)]
pub struct Layout {
    pub data: PathBuf,
    pub register: PathBuf,
    /// The folder of the files that the simulator writes and the collectors tail.
    pub tails: PathBuf,
    /// The customary ports (one machine a sender), or any free ones.
    pub customary_ports: bool,
}

/// The file beside the register that says who the region's administrators are.
pub const PLACEHOLDERS: &str = "placeholders.yml";

/// The file of a sender's Suricata events below the folder of tailed files.
pub fn tail_path(tails: &Path, sender: &str) -> PathBuf {
    tails.join(format!("{sender}-eve.json"))
}

impl Region {
    /// A configuration with all of the region's collectors on loopback, everything else as default.
    ///
    /// # Errors
    /// None for the units of this crate: their ids are checked by the tests.
    pub fn config(&self, layout: &Layout) -> Result<Config, SimulatorError> {
        let mut config = Config {
            data: layout.data.clone(),
            register: layout.register.clone(),
            collect: self
                .senders
                .iter()
                .map(|(id, units)| self.collect(id, units, layout))
                .collect::<Result<_, _>>()
                .map_err(|e| SimulatorError::content("the region's configuration", e))?,
            ..Config::default()
        };
        config.analyze.placeholders = layout.register.with_file_name(PLACEHOLDERS);
        config.region.name = self.name.into();
        config.region.name_en = self.name_en.into();
        Ok(config)
    }

    /// What the placeholders of the shipped rules stand for in this region, as YAML: the machines from
    /// which databases are asked directly by right.
    pub fn placeholders_yaml(&self) -> String {
        let mut text = String::from("# What %Name% in a rule stands for.\nDBA_Hosts:\n");
        for unit in &self.units {
            let keepers = unit.accounts.iter().filter(|a| a.role.db_program().is_some());
            let desks = keepers.flat_map(|a| [a.workstation, a.second]);
            let bastions = unit.of_kind(super::HostKind::Bastion).iter().copied();
            let hosts: BTreeSet<usize> = desks.chain(bastions).collect();
            for host in hosts {
                text += &format!("    - {}\n", unit.hosts[host].ip);
            }
        }
        text
    }

    /// [`Region::config`] as TOML, for `Config::load`.
    ///
    /// # Errors
    /// As [`Region::config`].
    pub fn config_toml(&self, layout: &Layout) -> Result<String, SimulatorError> {
        let text = toml::to_string(&self.config(layout)?)
            .map_err(|e| SimulatorError::content("the region's configuration", e))?;
        Ok(format!("# The collectors of {} ({}), an invented region.\n\n{text}", self.name, self.name_en))
    }

    fn collect(
        &self,
        id: &str,
        units: &[usize],
        layout: &Layout,
    ) -> Result<Collect, ward_event::ids::InvalidId> {
        let mut collect = Collect::loopback(SenderId::new(id)?, layout.customary_ports);
        match units {
            [only] => collect.hospital = Some(UnitId::new(self.units[*only].spec.id)?),
            _ => collect.tenant_field = TENANT_FIELD.into(),
        }
        let any = |test: &dyn Fn(&super::Spec) -> bool| units.iter().any(|&u| test(self.units[u].spec));
        if !any(&|s| s.tls) {
            collect.syslog_tls = None;
        }
        if !any(&|s| s.flow != Flow::None) {
            collect.netflow = None;
        }
        if any(&|s| s.eve == Eve::Tail) {
            collect.tail.push(Tail { path: tail_path(&layout.tails, id), format: Format::Eve });
        }
        Ok(collect)
    }
}
