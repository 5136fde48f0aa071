//! The rules that come with Ward, part of the program: a new rule is a file below `rules/` and a
//! line here.

use ward_event::control::RuleFile;

macro_rules! pack {
    ($($path:literal)*) => {
        /// The shipped pack, sorted by path.
        pub fn pack() -> Vec<RuleFile> {
            let files = [$(($path, include_str!(concat!("../../../rules/", $path)))),*];
            files.into_iter().map(|(path, text): (&str, &str)| RuleFile { path: path.into(), text: text.into() }).collect()
        }
    };
}

pack! {
    "brute_force/password_spraying.yml"
    "brute_force/ssh.yml"
    "brute_force/windows_logon.yml"
    "credential_access/lsass_access.yml"
    "credential_access/lsass_dump.yml"
    "credential_access/mimikatz.yml"
    "defense_evasion/auditd_stopped.yml"
    "defense_evasion/defender_disabled.yml"
    "defense_evasion/event_log_cleared.yml"
    "execution/living_off_the_land_download.yml"
    "execution/powershell_download.yml"
    "hospital/audit_tampering.yml"
    "hospital/bulk_export.yml"
    "hospital/database_logon_failures.yml"
    "hospital/database_tool.yml"
    "hospital/large_result.yml"
    "hospital/prescription_statistics.yml"
    "hospital/prescription_statistics_by_tool.yml"
    "lateral_movement/program_written_to_admin_share.yml"
    "lateral_movement/psexec_service.yml"
    "lateral_movement/rdp_logon_from_public_address.yml"
    "lateral_movement/service_with_script.yml"
    "network/clinical_port_from_internet.yml"
    "network/clinical_protocol_to_internet.yml"
    "network/dns_tunnel_label.yml"
    "network/miner_command.yml"
    "network/mining_pool.yml"
    "network/out_of_band_dns.yml"
    "network/rdp_from_internet.yml"
    "network/suricata_high.yml"
    "persistence/added_to_administrators.yml"
    "persistence/webshell_process.yml"
    "ransomware/backup_and_database_stop.yml"
    "ransomware/mass_encryption.yml"
    "ransomware/ransom_note.yml"
    "ransomware/shadow_copy_deletion.yml"
    "remote_access/bastion_bypass.yml"
    "remote_access/remote_control_domain.yml"
    "remote_access/remote_control_program.yml"
    "remote_access/ssh_root_logon.yml"
    "web/log4shell.yml"
    "web/path_traversal.yml"
    "web/sql_injection.yml"
    "web/webshell_request.yml"
    "web/webshell_upload.yml"
}
