use std::collections::{BTreeMap, BTreeSet};

use ward_event::{config::Config, register::Register};

use super::*;
use crate::model::config::Layout;

fn layout(dir: &std::path::Path) -> Layout {
    Layout {
        data: dir.join("data"),
        register: "register.toml".into(),
        tails: dir.join("tails"),
        customary_ports: false,
    }
}

#[test]
fn the_register_and_the_configuration_are_accepted_and_agree() {
    let region = Region::demo();
    let register = Register::parse(&region.register_toml().expect("TOML")).expect("a register");
    assert!(register.units.len() >= 22);
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("ward.toml");
    std::fs::write(&path, region.config_toml(&layout(dir.path())).expect("TOML")).expect("written");
    let config = Config::load(&path).expect("a configuration");
    let senders: BTreeSet<_> = register.senders.iter().map(|s| s.id.clone()).collect();
    let collectors: BTreeSet<_> = config.collect.iter().map(|c| c.sender.clone()).collect();
    assert_eq!(senders, collectors);
    let cloud = config.collect.iter().find(|c| c.sender.as_str() == CLOUD_SENDER).expect("the cloud");
    assert_eq!((cloud.tenant_field.as_str(), cloud.hospital.is_none()), (TENANT_FIELD, true));
    assert!(config.collect.iter().any(|c| !c.tail.is_empty()));
    assert!(config.collect.iter().any(|c| c.syslog_tls.is_some()));
}

#[test]
fn the_region_is_as_varied_as_promised() {
    let region = Region::demo();
    let tenants = region.units.iter().filter(|u| u.spec.is_tenant()).count();
    assert!(tenants >= 4);
    assert_eq!(region.senders.len(), region.units.len() - tenants + 1);
    let grades: BTreeSet<_> = region.units.iter().map(|u| u.spec.grade).collect();
    assert!(grades.len() >= 6, "{grades:?}");
    let consortium = region.units.iter().filter(|u| !u.spec.consortium.is_empty()).count();
    assert!(consortium >= 3);
    for unit in &region.units {
        assert!(unit.accounts.iter().any(|a| a.role == Role::It), "{} has no one for IT", unit.spec.id);
        assert!(unit.accounts.iter().all(|a| a.workstation < unit.hosts.len()));
    }
}

#[test]
fn names_and_addresses_are_each_someones_alone() {
    let region = Region::scaled(3, 6_000);
    assert!(region.size() >= 6_000);
    let mut addresses = BTreeMap::new();
    let mut names = BTreeSet::new();
    for unit in &region.units {
        for host in &unit.hosts {
            assert!(names.insert(host.name.clone()), "{} twice", host.name);
            assert_eq!(addresses.insert(host.ip, &host.name), None, "{} twice", host.ip);
            assert_eq!(host.ip.octets()[..2], [10, unit.site.net]);
        }
        let accounts: BTreeSet<_> = unit.accounts.iter().map(|a| &a.name).collect();
        assert_eq!(accounts.len(), unit.accounts.len());
    }
}

#[test]
fn wards_are_staffed_at_night_and_offices_are_not() {
    let region = Region::demo();
    let day = 20_658; // a Thursday
    let at = |hour: i64, unit: usize| duty::on_duty(&region, unit, i64::from(day) * 24 + hour).len();
    let big = region.units.iter().position(|u| u.spec.id == "h01").expect("there");
    let office = region.units.iter().position(|u| u.spec.id == "wjw").expect("there");
    assert!(at(10, big) > 2 * at(3, big), "{} by day, {} by night", at(10, big), at(3, big));
    assert!(at(3, big) > 5);
    assert!(at(10, big) > at(12, big) + at(12, big) / 3, "a lunch break shows");
    assert!(at(10, office) > 5);
    assert_eq!(at(3, office), 0);
}

#[test]
fn the_shipped_files_are_the_models_own() {
    let at = |name: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo").join(name);
    let expected = Region::demo().register_toml().expect("TOML");
    if std::env::var_os("WARD_REGENERATE").is_some() {
        std::fs::create_dir_all(at("")).expect("a folder");
        std::fs::write(at("register.toml"), &expected).expect("written");
    }
    let shipped = std::fs::read_to_string(at("register.toml")).expect("deploy/demo/register.toml");
    assert!(shipped == expected, "run this test once with WARD_REGENERATE=1");
    Register::parse(&shipped).expect("a register");
}
