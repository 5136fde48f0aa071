//! OCSF 1.8.0 classes that Ward's parsers use. The full schema is test data, not code.

pub const VERSION: &str = "1.8.0";

pub const BASE_EVENT: u32 = 0;
pub const FILE_ACTIVITY: u32 = 1001;
pub const MODULE_ACTIVITY: u32 = 1005;
pub const SCHEDULED_JOB_ACTIVITY: u32 = 1006;
pub const PROCESS_ACTIVITY: u32 = 1007;
pub const EVENT_LOG_ACTIVITY: u32 = 1008;
pub const DETECTION_FINDING: u32 = 2004;
pub const ACCOUNT_CHANGE: u32 = 3001;
pub const AUTHENTICATION: u32 = 3002;
pub const NETWORK_ACTIVITY: u32 = 4001;
pub const HTTP_ACTIVITY: u32 = 4002;
pub const DNS_ACTIVITY: u32 = 4003;
pub const DHCP_ACTIVITY: u32 = 4004;
pub const RDP_ACTIVITY: u32 = 4005;
pub const SMB_ACTIVITY: u32 = 4006;
pub const SSH_ACTIVITY: u32 = 4007;
pub const WEB_RESOURCES_ACTIVITY: u32 = 6001;
pub const API_ACTIVITY: u32 = 6003;
pub const DATASTORE_ACTIVITY: u32 = 6005;
pub const REGISTRY_KEY_ACTIVITY: u32 = 201_001;
pub const REGISTRY_VALUE_ACTIVITY: u32 = 201_002;

/// The category a class belongs to: `uid / 1000`, an extension's leading digits aside.
pub const fn category_uid(class_uid: u32) -> u32 {
    (class_uid % 100_000) / 1_000
}

/// `class_uid * 100 + activity_id`.
pub const fn type_uid(class_uid: u32, activity_id: u8) -> u64 {
    class_uid as u64 * 100 + activity_id as u64
}

/// Severity ids of the base event.
pub mod severity {
    pub const UNKNOWN: u8 = 0;
    pub const INFORMATIONAL: u8 = 1;
    pub const LOW: u8 = 2;
    pub const MEDIUM: u8 = 3;
    pub const HIGH: u8 = 4;
    pub const CRITICAL: u8 = 5;
    pub const FATAL: u8 = 6;
    pub const OTHER: u8 = 99;
}

/// `status_id` of the base event.
pub mod status {
    pub const UNKNOWN: u64 = 0;
    pub const SUCCESS: u64 = 1;
    pub const FAILURE: u64 = 2;
}
