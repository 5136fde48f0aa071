//! The rules that come with Ward, part of the program: a new rule is a file below `rules/` and a
//! line here.

use ward_event::control::RuleFile;

macro_rules! pack {
    ($($rule:literal)*) => {
        /// Path, text and samples of each rule, sorted by path.
        static PACK: &[(&str, &str, &str)] = &[$((
            concat!($rule, ".yml"),
            include_str!(concat!("../../../rules/", $rule, ".yml")),
            include_str!(concat!("../../../rules/", $rule, ".samples.jsonl")),
        )),*];
    };
}

/// The shipped pack, sorted by path.
pub fn pack() -> Vec<RuleFile> {
    with_samples().map(|(file, _)| file).collect()
}

/// The shipped rules, each with its samples.
pub(super) fn with_samples() -> impl Iterator<Item = (RuleFile, &'static str)> {
    PACK.iter().map(|(path, text, samples)| {
        (RuleFile { path: (*path).to_owned(), text: (*text).to_owned() }, *samples)
    })
}

pack! {
    "brute_force/password_spraying"
    "brute_force/ssh"
    "brute_force/windows_logon"
    "credential_access/lsass_access"
    "credential_access/lsass_dump"
    "credential_access/mimikatz"
    "defense_evasion/auditd_stopped"
    "defense_evasion/defender_disabled"
    "defense_evasion/event_log_cleared"
    "execution/living_off_the_land_download"
    "execution/powershell_download"
    "hospital/audit_tampering"
    "hospital/bulk_export"
    "hospital/database_logon_failures"
    "hospital/database_tool"
    "hospital/large_result"
    "hospital/prescription_statistics"
    "hospital/prescription_statistics_by_tool"
    "lateral_movement/program_written_to_admin_share"
    "lateral_movement/psexec_service"
    "lateral_movement/rdp_logon_from_public_address"
    "lateral_movement/service_with_script"
    "network/clinical_port_from_internet"
    "network/clinical_protocol_to_internet"
    "network/dns_tunnel_label"
    "network/miner_command"
    "network/mining_pool"
    "network/out_of_band_dns"
    "network/rdp_from_internet"
    "network/suricata_high"
    "persistence/added_to_administrators"
    "persistence/webshell_process"
    "ransomware/backup_and_database_stop"
    "ransomware/mass_encryption"
    "ransomware/ransom_note"
    "ransomware/shadow_copy_deletion"
    "remote_access/bastion_bypass"
    "remote_access/remote_control_domain"
    "remote_access/remote_control_program"
    "remote_access/ssh_root_logon"
    "web/log4shell"
    "web/path_traversal"
    "web/sql_injection"
    "web/webshell_request"
    "web/webshell_upload"
}
