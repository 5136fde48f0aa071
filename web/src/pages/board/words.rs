//! Words and links that these pages share.

use ward_desk::{
    FileFlaw,
    assets::{Column, Criticality, Flaw},
};

use crate::{
    query::AssetRow,
    register::{Change, Difference, State, Threat},
    show::link,
    text::{Board, Lang, fill},
};

pub(super) const fn difference(w: &Board, difference: Difference) -> &'static str {
    match difference {
        Difference::Undeclared => w.diff_undeclared,
        Difference::Changed => w.diff_changed,
        Difference::Quiet => w.diff_quiet,
        Difference::Unseen => w.diff_unseen,
        Difference::Same => w.diff_same,
    }
}

/// Class of the mark: what asks for a person in the ramp's words, what cannot be known in grey.
pub(super) const fn difference_class(difference: Difference) -> &'static str {
    match difference {
        Difference::Undeclared => "wrong",
        Difference::Changed => "partial",
        Difference::Quiet => "silent",
        Difference::Unseen => "unknown",
        Difference::Same => "ok",
    }
}

pub(super) fn change(w: &Board, change: &Change) -> String {
    match change {
        Change::Zone(declared, found) => fill(w.change_zone, &[declared, found]),
        Change::Port(protocol, port) => fill(w.change_port, &[&format!("{protocol}/{port}")]),
    }
}

/// Kinds that analytics guesses, in the order of the filter's list.
pub(super) const KINDS: [&str; 15] = [
    "database",
    "imaging",
    "interface",
    "domain-controller",
    "web",
    "file-server",
    "name-server",
    "mail",
    "remote-access",
    "server",
    "control",
    "printer",
    "device",
    "windows",
    "terminal",
];

pub(super) fn kind<'a>(w: &Board, kind: &'a str) -> &'a str {
    match kind {
        "domain-controller" => w.kind_domain_controller,
        "imaging" => w.kind_imaging,
        "database" => w.kind_database,
        "interface" => w.kind_interface,
        "control" => w.kind_control,
        "mail" => w.kind_mail,
        "printer" => w.kind_printer,
        "web" => w.kind_web,
        "name-server" => w.kind_name_server,
        "file-server" => w.kind_file_server,
        "remote-access" => w.kind_remote_access,
        "windows" => w.kind_windows,
        "server" => w.kind_server,
        "device" => w.kind_device,
        "terminal" => w.kind_terminal,
        other => other,
    }
}

pub(super) fn found_by<'a>(w: &Board, source: &'a str) -> &'a str {
    match source {
        "flow" => w.found_flow,
        "dhcp" => w.found_dhcp,
        "arp" => w.found_arp,
        "dns" => w.found_dns,
        "windows" => w.found_windows,
        "syslog" => w.found_syslog,
        "database" => w.found_database,
        other => other,
    }
}

pub(super) const fn criticality(w: &Board, criticality: Criticality) -> &'static str {
    match criticality {
        Criticality::Core => w.crit_core,
        Criticality::Important => w.crit_important,
        Criticality::Normal => w.crit_normal,
        Criticality::Unknown => "",
    }
}

pub(super) fn mlps(w: &Board, level: u8) -> String {
    if level == 0 { w.mlps_none.to_owned() } else { fill(w.mlps_of, &[&level]) }
}

pub(super) const fn state(w: &Board, state: State) -> &'static str {
    match state {
        State::Wrong => w.state_wrong,
        State::Attention => w.state_attention,
        State::Unknown => w.state_unknown,
        State::Ok => w.state_ok,
    }
}

/// What it is, and what to do.
pub(super) const fn threat(w: &Board, threat: Threat) -> (&'static str, &'static str) {
    match threat {
        Threat::Ransom => (w.threat_ransom, w.threat_ransom_do),
        Threat::Data => (w.threat_data, w.threat_data_do),
        Threat::Web => (w.threat_web, w.threat_web_do),
        Threat::Spread => (w.threat_spread, w.threat_spread_do),
        Threat::Account => (w.threat_account, w.threat_account_do),
        Threat::Password => (w.threat_password, w.threat_password_do),
        Threat::Remote => (w.threat_remote, w.threat_remote_do),
        Threat::Mining => (w.threat_mining, w.threat_mining_do),
        Threat::Malware => (w.threat_malware, w.threat_malware_do),
        Threat::Evasion => (w.threat_evasion, w.threat_evasion_do),
        Threat::Silence => (w.threat_silence, w.threat_silence_do),
        Threat::Other => (w.threat_other, w.threat_other_do),
    }
}

pub(super) const fn column(lang: Lang, column: Column) -> &'static str {
    match lang {
        Lang::Zh => column.zh(),
        Lang::En => column.en(),
    }
}

/// Why a table cannot be read; `column` names one.
pub(crate) fn file_flaw<C: Copy>(
    w: &Board,
    flaw: &FileFlaw<C>,
    column: impl Fn(C) -> &'static str,
) -> String {
    match flaw {
        FileFlaw::Empty => w.flaw_empty.to_owned(),
        FileFlaw::TooLarge(bytes) => fill(w.flaw_large, &[&(bytes >> 20)]),
        FileFlaw::Encoding => w.flaw_encoding.to_owned(),
        FileFlaw::NoColumn(c) => fill(w.flaw_no_column, &[&column(*c)]),
        FileFlaw::Twice(c) => fill(w.flaw_twice, &[&column(*c)]),
        FileFlaw::TooManyRows(n) => fill(w.flaw_rows, &[n]),
        FileFlaw::TooManyColumns(n) => fill(w.flaw_columns, &[n]),
        FileFlaw::NoRows => w.flaw_no_rows.to_owned(),
    }
}

pub(super) fn flaw(w: &Board, lang: Lang, flaw: &Flaw) -> String {
    let of = |c: &Column| column(lang, *c);
    match flaw {
        Flaw::Missing(c) => fill(w.flaw_missing, &[&of(c)]),
        Flaw::TooLong(c) => fill(w.flaw_long, &[&of(c)]),
        Flaw::Control(c) => fill(w.flaw_control, &[&of(c)]),
        Flaw::Formula(c) => fill(w.flaw_formula, &[&of(c)]),
        Flaw::Value(c, value) => fill(w.flaw_value, &[&of(c), value]),
        Flaw::Unit(name) => fill(w.flaw_unit, &[name]),
        Flaw::Cells(n) => fill(w.flaw_cells, &[n]),
        Flaw::NameTwice(line) => fill(w.flaw_name_twice, &[line]),
        Flaw::AddressTwice(address, line) => fill(w.flaw_address_twice, &[address, line]),
        Flaw::Taken(address, name) => fill(w.flaw_taken, &[address, name]),
    }
}

/// `tcp/1521`, the first few.
pub(super) fn services(row: &AssetRow, most: usize) -> Vec<String> {
    row.protocols.iter().zip(&row.ports).take(most).map(|(p, n)| format!("{p}/{n}")).collect()
}

pub(super) fn asset_href(row: &AssetRow) -> String {
    let path = format!("/asset/{}/{}", link::encode(&row.form), link::encode(&row.name));
    link::with_query(&path, [("hospital", row.hospital.as_str())])
}

pub(super) fn declared_href(id: i64) -> String {
    format!("/asset/declared/{id}")
}
