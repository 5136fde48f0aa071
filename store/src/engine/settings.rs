//! The engine's configuration files: who is let in, and how much it may use.

use sha2::{Digest, Sha256};

use super::{EngineOptions, KEY_HEADER, Keys, READER};

/// The main query's comment; killing it ends the engine cleanly.
pub(super) const MAIN_WAIT: &str = "main-wait";

/// What one read may use.
pub mod reads {
    /// Longest run of one read, seconds.
    pub const SECONDS_MAX: u64 = 60;
    /// Rows a result may have; an export of more goes in parts.
    pub const RESULT_ROWS_MAX: u64 = 1_000_000;
    pub const RESULT_BYTES_MAX: u64 = 512 << 20;
    /// Memory of one read, and of all reads together, as a part of the engine's.
    pub const MEMORY_PART: u64 = 4;
    pub const MEMORY_PART_ALL: u64 = 2;
    /// Reads at a time; more wait and then are refused.
    pub const AT_A_TIME: u64 = 32;
}

/// `engine.xml`. The default user has no password and must keep none, so the only way to a handler is
/// a rule that asks for a key: a request without one finds nothing (404).
pub(super) fn server(options: &EngineOptions, keys: &Keys) -> String {
    let dir = escape(&options.dir.to_string_lossy());
    let EngineOptions { port, memory_bytes, .. } = options;
    let rule = |key: &str, more: &str| {
        format!(
            "<rule><headers><{KEY_HEADER}>{key}</{KEY_HEADER}>{more}</headers>\
             <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler></rule>"
        )
    };
    let writer = rule(&keys.writer, "");
    let reader = rule(&keys.reader, &format!("<X-ClickHouse-User>{READER}</X-ClickHouse-User>"));
    format!(
        "<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{port}</http_port>
  <http_handlers>{writer}{reader}</http_handlers>
  <users_config>{dir}/users.xml</users_config>
  <logger><level>warning</level><log>{dir}/engine.log</log><size>10M</size><count>2</count></logger>
  <mlock_executable>0</mlock_executable>
  <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>
  <max_concurrent_queries>64</max_concurrent_queries>
  <keep_alive_timeout>30</keep_alive_timeout>
  <mark_cache_size>{mark_cache}</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <mmap_cache_size>1000</mmap_cache_size>
  <background_pool_size>4</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <background_common_pool_size>4</background_common_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <merge_tree><auto_statistics_types></auto_statistics_types></merge_tree>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
</clickhouse>
",
        mark_cache = (memory_bytes / 16).min(256 << 20),
    )
}

/// `users.xml`. The reader may read the database and nothing else, and lower its limits but not
/// raise them.
pub(super) fn users(options: &EngineOptions, keys: &Keys) -> String {
    let password = ward_event::alert::hex(&Sha256::digest(keys.reader_password.as_bytes()));
    let memory = options.memory_bytes / reads::MEMORY_PART;
    let memory_all = options.memory_bytes / reads::MEMORY_PART_ALL;
    let (seconds, rows, bytes) = (reads::SECONDS_MAX, reads::RESULT_ROWS_MAX, reads::RESULT_BYTES_MAX);
    let at_a_time = reads::AT_A_TIME;
    let database = escape(&options.database);
    let limits = [
        ("max_execution_time", seconds),
        ("max_result_rows", rows),
        ("max_result_bytes", bytes),
        ("max_memory_usage", memory),
    ];
    let set: String = limits.iter().map(|(name, max)| format!("<{name}>{max}</{name}>")).collect();
    let lowered: String = limits
        .iter()
        .map(|(name, max)| format!("<{name}><changeable_in_readonly/><min>1</min><max>{max}</max></{name}>"))
        .collect();
    let grants: String = ["columns", "databases", "tables", "one"]
        .iter()
        .map(|table| format!("<query>GRANT SELECT ON system.{table}</query>"))
        .collect();
    format!(
        "<clickhouse>
  <profiles>
    <default/>
    <reader>
      <readonly>1</readonly>{set}
      <result_overflow_mode>throw</result_overflow_mode>
      <max_memory_usage_for_user>{memory_all}</max_memory_usage_for_user>
      <max_concurrent_queries_for_user>{at_a_time}</max_concurrent_queries_for_user>
      <max_threads>2</max_threads>
      <allow_introspection_functions>0</allow_introspection_functions>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <constraints>{lowered}
        <result_overflow_mode><changeable_in_readonly/></result_overflow_mode>
        <max_rows_to_read><changeable_in_readonly/></max_rows_to_read>
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
    </default>
    <{READER}>
      <password_sha256_hex>{password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks><profile>reader</profile><quota>default</quota>
      <grants><query>GRANT SELECT ON {database}.*</query>{grants}</grants>
    </{READER}>
  </users>
</clickhouse>
"
    )
}

/// The engine's command line; it blocks in the last query until that is killed.
pub(super) fn arguments(options: &EngineOptions) -> Vec<String> {
    let dir = options.dir.to_string_lossy();
    vec![
        "clickhouse".into(),
        format!("--path={dir}/db"),
        format!("--config-file={dir}/engine.xml"),
        // Without it the engine traces every block it writes, whatever its configuration says.
        "--log-level=warning".into(),
        "-q".into(),
        format!(
            "SYSTEM START LISTEN HTTP; SELECT sleepEachRow(1) FROM system.numbers FORMAT Null SETTINGS \
             max_block_size=1, function_sleep_max_microseconds_per_block=0, log_comment='{MAIN_WAIT}'"
        ),
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
