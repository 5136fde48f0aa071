//! The one table of routes. The server, the navigation, the description of the API and the test that
//! tries every route with every role are made from it.
//!
//! A line says: method, path, who may, whose rows it reads, what the audit keeps, what a request carries,
//! name, handler, summary; and for the API the types of its query (or body) and of its answer.
//! Among paths that fit the first counts: a plain one stands before a pattern.

mod entry;

use std::collections::BTreeMap;

use actix_web::{Resource, middleware::from_fn, web};

pub(crate) use self::entry::is_api;
pub use self::entry::{ApiTypes, Audit, Body, RouteEntry, ScopeKind, Who};
use crate::{
    access::{
        guard::guarded,
        roles::{
            ANALYSTS, AUDITORS, BRIEF, BUSINESS, CASES, CHASERS, COUNTIES, HANDLERS, HOSPITALS, JUDGES,
            LEADERS, NOTICES, OFFICERS, PEOPLE, PORTAL, PUBLIC, RECORDERS, REGION, SECURITY, SUMMARY, WALLS,
        },
    },
    api, assets, health,
    live::{self, Snapshot},
    pages, wall,
};

macro_rules! routes {
    ($($method:ident $path:literal $who:ident $scope:ident $audit:ident $body:ident $name:literal
       $handler:path, $summary:literal $(=> $request:ty, $answer:ty)?;)*) => {
        /// Every route there is.
        pub static ROUTES: &[RouteEntry] = &[$(RouteEntry {
            method: actix_web::http::Method::$method,
            path: $path,
            who: $who,
            scope: ScopeKind::$scope,
            audit: Audit::$audit,
            body: Body::$body,
            name: $name,
            summary: $summary,
            types: routes!(@types $($request, $answer)?),
            make: || web::method(actix_web::http::Method::$method).to($handler),
        }),*];
    };
    (@types) => { None };
    (@types $request:ty, $answer:ty) => {
        Some(ApiTypes {
            // Its properties stand in the description itself, not behind a name.
            request: |g| <$request as schemars::JsonSchema>::json_schema(g),
            answer: |g| g.subschema_for::<$answer>(),
        })
    };
}

routes! {
    // Situation
    GET "/"                        BUSINESS Viewer None   Empty "overview" pages::overview::page, "The situation of the region now";
    GET "/live"                    BUSINESS Viewer None   Empty "live"     live::events,          "Server-sent snapshots of the overview";
    GET "/alerts"                  BUSINESS Viewer Search Empty "alerts"   pages::alerts::page,   "Alerts by filter, newest first";
    GET "/alerts/{id}"             BUSINESS Item   View   Empty "alert"    pages::alert::page,    "One alert with its reasons and events";
    GET "/entities"                BUSINESS Viewer None   Empty "entities" pages::entities::page, "The riskiest entities";
    GET "/entities/{key:.*}"       BUSINESS Item   View   Empty "entity"   pages::entity::page,   "One entity: score, reasons, alerts, events";
    GET "/hospitals"               BUSINESS Viewer None   Empty "units"    pages::units::page,    "All units with their state";
    GET "/hospitals/{id}"          BUSINESS Item   View   Empty "unit"     pages::unit::page,     "One unit: sources, rates, alerts, entities";
    GET "/events/{producer}/{seq}" BUSINESS Item   View   Empty "event"    pages::event::page,    "One event with all its fields";

    // Triage
    GET  "/queue"           ANALYSTS Viewer Search Empty "queue"          pages::queue::page,             "The analyst's queue: rule and entity, by filter";
    GET  "/queue-new"       ANALYSTS Viewer None   Empty "queue-new"      pages::queue::new_ones,         "How many lines have something new";
    POST "/queue/act"       ANALYSTS Viewer Own    Form  "queue-act"      pages::queue::act::submit,      "Takes, closes, opens again, one or many";
    POST "/queue/undo"      ANALYSTS Viewer Own    Form  "queue-undo"     pages::queue::act::undo,        "Takes back the last act";
    GET  "/queue/{id}"      ANALYSTS Item   View   Empty "queue-one"      pages::queue::one,              "The queue with one line's panel";
    GET  "/exceptions"      ANALYSTS Viewer View   Empty "exceptions"     pages::queue::exceptions::page, "Suppressions, allow-lists, authorised tests";
    POST "/exceptions"      ANALYSTS Viewer Own    Form  "exception-make" pages::queue::exceptions::make, "Makes an exception";
    POST "/exceptions/lift" ANALYSTS Viewer Own    Form  "exception-lift" pages::queue::exceptions::lift, "Ends an exception";
    // Assets, systems, the leader's view, the hospital's portal
    GET  "/assets"                BUSINESS   Viewer Search Empty  "assets"         pages::board::assets::page,     "What was found and what was declared, side by side";
    GET  "/assets/template"       HANDLERS   None   None   Empty  "asset-template" pages::board::assets::template, "The columns of an import, as a file";
    GET  "/assets/import"         HANDLERS   Viewer None   Empty  "asset-import"   pages::board::import::page,     "Import of declared assets";
    POST "/assets/import"         HANDLERS   Viewer Change Upload "asset-check"    pages::board::import::check,    "Reads a file and shows what it would do";
    POST "/assets/import/confirm" HANDLERS   Viewer Own    Form   "asset-confirm"  pages::board::import::confirm,  "Takes over what was shown, or nothing";
    POST "/assets/{id}/remove"    HANDLERS   Item   Own    Form   "asset-remove"   pages::board::asset::remove,    "Ends a declaration";
    GET  "/asset/{key:.*}"        BUSINESS   Item   View   Empty  "asset-one"      pages::board::asset::page,      "One asset: declared, found, peers, alerts, who to call";
    GET  "/systems"               BUSINESS   Viewer None   Empty  "systems"        pages::board::systems::page,    "Critical systems with their live state";
    GET  "/leader"                SUMMARY    Viewer None   Empty  "leader"         pages::board::leader::page,     "The region in two minutes";
    GET  "/brief"                 BRIEF      Viewer None   Empty  "brief"          pages::board::leader::page,     "The same by a leader's telephone, without a session";
    POST "/brief/link"            LEADERS    None   Own    Form   "brief-link"     pages::board::brief::issue,     "A link to the brief, for one telephone";
    GET  "/brief/open"            PUBLIC     None   None   Empty  "brief-opening"  pages::board::brief::opening,   "Asks whether this device is to have the brief";
    POST "/brief/open"            PUBLIC     None   Own    Form   "brief-open"     pages::board::brief::open,      "Binds the link to this device";
    GET  "/portal"                PORTAL     Viewer View   Empty  "portal"         pages::board::portal::page,     "A hospital's own page, in plain words";

    // Sign-in and one's own account
    GET  "/sign-in"              PUBLIC None None Empty "sign-in-page" pages::account::sign_in::page,     "Name, password, code";
    POST "/sign-in"              PUBLIC None Own  Form  "sign-in"      pages::account::sign_in::submit,   "Begins a session";
    POST "/sign-out"             PEOPLE None Own  Form  "sign-out"     pages::account::sign_in::sign_out, "Ends the session";
    GET  "/enrol"                PUBLIC None None Empty "enrol-page"   pages::account::enrol::page,       "What a one-time link opens";
    POST "/enrol"                PUBLIC None Own  Form  "enrol"        pages::account::enrol::submit,     "Sets password and second factor";
    GET  "/account"              PEOPLE None None Empty "account"      pages::account::mine::page,        "One's own account";
    POST "/account/password"     PEOPLE None Own  Form  "password"     pages::account::mine::password,    "Changes the password, ends all sessions";
    POST "/account/sign-out-all" PEOPLE None Own  Form  "sign-out-all" pages::account::mine::sign_out_all, "Ends one's sessions in every browser";
    GET  "/tokens"               PEOPLE None None Empty "tokens"       pages::account::tokens::page,      "One's own tokens; all for the security administrator";
    POST "/tokens"               PEOPLE None Own  Form  "token-issue"  pages::account::tokens::issue,     "Makes a token for a program";
    POST "/tokens/{id}/revoke"   PEOPLE None Own  Form "token-revoke" pages::account::tokens::revoke, "Revokes a token";

    // Accounts, sessions, audit
    GET  "/accounts"              SECURITY None View Empty "accounts"        pages::account::accounts::page,    "All accounts";
    POST "/accounts"              SECURITY None Own  Form  "account-create"  pages::account::accounts::create,  "Opens an account by a one-time link";
    GET  "/accounts/{id}"         SECURITY None View Empty "account-one"     pages::account::accounts::one,     "One account";
    POST "/accounts/{id}/rights"  SECURITY None Own  Form  "account-rights"  pages::account::accounts::rights,  "Sets role and reach";
    POST "/accounts/{id}/disable" SECURITY None Own  Form  "account-disable" pages::account::accounts::disable, "Ends sessions and tokens, lets nobody in";
    POST "/accounts/{id}/enable"  SECURITY None Own  Form  "account-enable"  pages::account::accounts::enable,  "Lets the account in again";
    POST "/accounts/{id}/relink"  SECURITY None Own  Form  "account-relink"  pages::account::accounts::relink,  "A new one-time link; the old password no longer counts";
    GET  "/sessions"              SECURITY None View Empty "sessions"        pages::account::sessions::page,    "Who is signed in";
    POST "/sessions/{id}/end"     SECURITY None Own  Form  "session-end"     pages::account::sessions::end,     "Signs somebody out";
    GET  "/audit"                 AUDITORS None Search Empty "audit"         pages::account::audit::page,       "Who did what";
    GET  "/audit/export"          AUDITORS None Export Empty "audit-export"  pages::account::audit::export,     "Entries as verifiable JSON lines";

    // The API: what the pages show, for programs
    GET "/api/v1/overview"                BUSINESS Viewer None   Empty "api-overview" api::situation::overview, "The newest snapshot of the situation" => api::Nothing, Snapshot;
    GET "/api/v1/rates"                   BUSINESS Viewer None   Empty "api-rates"    api::situation::rates,    "Events over the last 24 hours" => api::situation::RatesQuery, api::situation::Rates;
    GET "/api/v1/alerts"                  BUSINESS Viewer Search Empty "api-alerts"   api::alerts::list,        "Alerts by filter" => api::alerts::AlertQuery, api::Page<api::alerts::Alert>;
    GET "/api/v1/alerts/{id}"             BUSINESS Item   View   Empty "api-alert"    api::alerts::one,         "One alert with all its revisions" => api::Nothing, api::alerts::AlertRevisions;
    GET "/api/v1/entities"                BUSINESS Viewer None   Empty "api-entities" api::entities::list,      "The riskiest entities" => api::entities::EntitiesQuery, api::entities::Scores;
    GET "/api/v1/entities/{type}/{value:.*}" BUSINESS Item View  Empty "api-entity"   api::entities::one,       "One entity: scores and their history" => api::entities::EntityQuery, api::entities::EntityDetail;
    GET "/api/v1/hospitals"               BUSINESS Viewer None   Empty "api-units"    api::situation::units,    "All units with their state" => api::Nothing, api::situation::Units;
    GET "/api/v1/hospitals/{id}"          BUSINESS Item   View   Empty "api-unit"     api::situation::one_unit, "One unit with its log sources" => api::Nothing, api::situation::UnitDetail;
    GET "/api/v1/events"                  BUSINESS Viewer Search Empty "api-events"   api::events::list,        "Events by filter, newest first" => api::events::EventQuery, api::Page<api::events::EventLine>;
    GET "/api/v1/events/{producer}/{seq}" BUSINESS Item   View   Empty "api-event"    api::events::one,         "One event with all its columns" => api::events::AtQuery, api::events::EventDetail;
    GET "/api/v1/openapi.json"            PUBLIC   None   None   Empty "api-description" api::description,      "This description" => api::Nothing, serde_json::Value;
    GET "/api/v1/me" PEOPLE None None Empty "api-me" api::people::me, "Who asks, and whose rows that reaches" => api::Nothing, api::people::Me;
    GET "/api/v1/accounts" SECURITY None View Empty "api-accounts" api::people::accounts, "All accounts" => api::Nothing, api::people::Accounts;
    GET "/api/v1/sessions" SECURITY None View Empty "api-sessions" api::people::sessions, "Who is signed in" => api::Nothing, api::people::Sessions;
    GET "/api/v1/audit" AUDITORS None Search Empty "api-audit" api::people::audit, "Audit entries, newest first" => api::people::AuditQuery, api::Page<api::people::AuditEntry>;
    GET "/api/v1/timeline/{type}/{value:.*}" BUSINESS Item View Empty "api-timeline" api::story::timeline, "What happened to an entity, newest first" => api::entities::EntityQuery, api::story::Timeline;
    GET "/api/v1/neighbours/{type}/{value:.*}" BUSINESS Item View Empty "api-neighbours" api::story::neighbours, "Who stands beside an entity" => api::entities::EntityQuery, api::story::Neighbours;
    GET "/api/v1/assets" BUSINESS Viewer Search Empty "api-assets" api::assets::list, "What was found and what was declared, side by side" => api::assets::AssetQuery, api::Page<api::assets::Asset>;
    GET "/api/v1/assets/{key:.*}" BUSINESS Item View Empty "api-asset" api::assets::one, "One asset with who talks to it" => api::assets::OfUnit, api::assets::AssetDetail;
    GET "/api/v1/systems" BUSINESS Viewer None Empty "api-systems" api::assets::systems, "Critical systems with their live state" => api::assets::OfUnit, api::assets::Systems;
    GET "/api/v1/leader" SUMMARY Viewer View Empty "api-leader" api::board::leader, "The region in two minutes" => api::Nothing, api::board::Leader;
    GET "/api/v1/portal" PORTAL Viewer View Empty "api-portal" api::board::portal, "A hospital as it sees itself" => api::board::PortalQuery, api::board::Portal;
    GET "/api/v1/scores" BUSINESS Viewer None Empty "api-scores" api::reports::posture, "The posture score of each unit" => api::Nothing, api::reports::PostureScores;
    GET "/api/v1/scores/{id}" BUSINESS Item View Empty "api-score" api::reports::posture_one, "One unit's score with every lost point" => api::Nothing, api::reports::UnitScoreDetail;
    GET "/api/v1/reports" BUSINESS Viewer None Empty "api-reports" api::reports::list, "Reports that were issued" => api::Nothing, api::reports::Reports;
    GET "/api/v1/reports/{id}" BUSINESS Item Export Empty "api-report" api::reports::one, "One report's model" => api::Nothing, api::reports::ReportModel;
    GET "/api/v1/hunt" BUSINESS Viewer Search Empty "api-hunt" api::hunt::list, "Events by a query of the hunting language, newest first" => api::hunt::HuntQueryString, api::Page<api::hunt::Hunted>;
    GET "/api/v1/walls/{name}" REGION Viewer None Empty "api-wall" api::walls::one, "What a wall shows at this second" => api::Nothing, api::walls::WallFrame;
    GET "/api/v1/queue" ANALYSTS Viewer Search Empty "api-queue" api::queue::list, "The analyst's queue by filter, the worst first" => api::queue::QueueQuery, api::Page<api::queue::Line>;
    GET "/api/v1/queue/{id}" ANALYSTS Item View Empty "api-queue-one" api::queue::one, "One line with its alerts and what was done" => api::Nothing, api::queue::LineDetail;
    GET "/api/v1/exceptions" ANALYSTS Viewer View Empty "api-exceptions" api::queue::exceptions, "Suppressions, allow-lists, authorised tests" => api::Nothing, api::queue::Exceptions;
    GET "/api/v1/findings" BUSINESS Viewer Search Empty "api-findings" api::findings::list, "Findings by filter, the worst first" => api::findings::FindingQuery, api::Page<api::findings::Finding>;
    GET "/api/v1/findings/{id}" BUSINESS Item View Empty "api-finding" api::findings::one, "One finding with its history" => api::Nothing, api::findings::FindingDetail;
    GET "/api/v1/compliance" BUSINESS Viewer View Empty "api-compliance" api::compliance::list, "Units by group of requirements, with what is wanting" => api::compliance::ComplianceQuery, api::compliance::ComplianceUnits;
    GET "/api/v1/compliance/{id}" BUSINESS Item View Empty "api-compliance-unit" api::compliance::one, "One unit and its systems with every item" => api::Nothing, api::compliance::ComplianceDetail;
    GET "/api/v1/disclosures" REGION Viewer None Empty "api-disclosures" api::findings::disclosures, "Weaknesses that were made public" => api::Nothing, api::findings::Disclosures;
    GET "/api/v1/notices" NOTICES Viewer Search Empty "api-notices" api::cases::notices, "Problems of all notices, what is late first" => api::cases::NoticeQuery, api::Page<api::cases::NoticeLine>;
    GET "/api/v1/notices/{id}" NOTICES Item View Empty "api-notice" api::cases::notice, "One notice with all that belongs to it" => api::Nothing, api::cases::NoticeWhole;
    GET "/api/v1/notices/{id}/replies" NOTICES Item View Empty "api-replies" api::cases::replies, "What a warning asked and what was answered" => api::Nothing, api::cases::RepliesWhole;
    GET "/api/v1/calls" CHASERS Viewer View Empty "api-calls" api::cases::calls, "Units that are to be called, and why" => api::Nothing, api::cases::Calls;
    GET "/api/v1/deliveries" REGION Viewer View Empty "api-deliveries" api::cases::deliveries, "What was sent and has not arrived" => api::Nothing, api::cases::Deliveries;
    GET "/api/v1/deputies" REGION None View Empty "api-deputies" api::cases::deputies, "Who signs while a leader is away" => api::Nothing, api::cases::Deputies;
    GET "/api/v1/duty" REGION None View Empty "api-duty" api::duty::list, "Who is on duty, and the roster" => api::Nothing, api::duty::Roster;
    GET "/api/v1/duty/{id}" REGION None View Empty "api-duty-shift" api::duty::one, "One shift and what it hands over" => api::Nothing, api::duty::ShiftDetail;
    GET "/api/v1/incidents" CASES Viewer Search Empty "api-incidents" api::incidents::list, "Incidents, the open and worst first" => api::incidents::IncidentQuery, api::Page<api::incidents::Incident>;
    GET "/api/v1/incidents/{id}" CASES Item View Empty "api-incident" api::incidents::one, "One incident with alerts, clocks of the law and history" => api::Nothing, api::incidents::IncidentDetail;
    GET "/api/v1/tasks" HOSPITALS Viewer View Empty "api-tasks" api::cases::tasks, "What one's units owe by when" => api::Nothing, api::cases::Tasks;
    GET "/api/v1/tasks/{id}" HOSPITALS Item View Empty "api-task" api::cases::task, "One notice as its addressee has it" => api::Nothing, api::cases::NoticeWhole;
    // Hunting
    GET "/hunt"                    BUSINESS Viewer Search Empty "hunt"          pages::hunt::page,        "Events by a query: rows, counts over time, values of fields";
    GET "/hunt/complete"           BUSINESS Viewer None   Empty "hunt-complete" pages::hunt::complete,    "What could be typed at the end of a query";
    GET "/hunt/tail"               BUSINESS Viewer Search Empty "hunt-tail"     pages::hunt::tail,        "Server-sent lines of the events that come in and match";
    GET "/hunt/export.csv"         BUSINESS Viewer Export Empty "hunt-export"   pages::hunt::export,      "The result of a query as a marked table";
    POST "/hunt/saved"             BUSINESS Viewer Own    Form  "hunt-save"     pages::hunt::saved::save, "Keeps a hunt under a name";
    POST "/hunt/saved/{id}/remove" BUSINESS Viewer Own    Form  "hunt-forget"   pages::hunt::saved::remove, "Removes one of one's own";
    GET "/hunt/pivot"              BUSINESS None   None   Empty "hunt-pivot"    pages::hunt::pivot,       "From a value to the query that asks for it";
    GET "/events"                  BUSINESS None   None   Empty "events"        pages::hunt::from_events, "The former list of events: sends to the hunt";

    // Walls
    GET  "/walls"                     REGION None   None Empty "walls"             pages::walls::page,   "The walls, and the tokens that open them";
    POST "/walls/tokens"              REGION None   Own  Form  "wall-token-issue"  pages::walls::issue,  "Makes a link for a screen";
    POST "/walls/tokens/{id}/revoke"  REGION None   Own  Form  "wall-token-revoke" pages::walls::revoke, "Revokes a screen's link";
    GET  "/wall/{name}"               WALLS  None   None Empty "wall"              pages::wall::page,    "A wall by name, or all in rotation";
    GET  "/wall/{name}/open"          PUBLIC None   None Empty "wall-open"         pages::walls::open,   "Swaps a screen's token for its cookie";
    GET  "/wall/{name}/live"          WALLS  Viewer None Empty "wall-live"         wall::events,         "Server-sent aggregates of a wall";
    GET  "/wall/{name}/map"           WALLS  None   None Empty "wall-map"          wall::region_map,     "The region's map as GeoJSON";
    // Exposure: what scans and checks found
    GET  "/exposure"                BUSINESS Viewer Search Empty  "exposure"             pages::exposure::page,             "Findings by filter, and their distribution over the units";
    GET  "/exposure/export.csv"     BUSINESS Viewer Export Empty  "exposure-export"      pages::exposure::export,           "The findings of a filter as a table";
    GET  "/exposure/import"         HANDLERS Viewer None   Empty  "exposure-import"      pages::exposure::import::page,     "Where a scanner's report is uploaded";
    POST "/exposure/import"         HANDLERS Viewer Own    Upload "exposure-check"       pages::exposure::import::check,    "Reads a report and says what it would do";
    POST "/exposure/import/confirm" HANDLERS Viewer Own    Form   "exposure-confirm"     pages::exposure::import::confirm,  "Takes over a report that was shown";
    GET  "/exposure/disclosures"    REGION   Viewer None   Empty  "disclosures"          pages::exposure::disclose::page,   "Weaknesses that were made public";
    POST "/exposure/disclosures"    ANALYSTS Viewer Own    Form   "disclosure-new"       pages::exposure::disclose::submit, "Matches a new one to the declared assets";
    GET  "/exposure/{id}"           BUSINESS Item   View   Empty  "finding"              pages::exposure::one::page,        "One finding with its history";
    POST "/exposure/{id}/accept"    JUDGES   Item   Own    Form   "finding-accept"       pages::exposure::one::accept,      "Accepts a risk for a time";
    POST "/exposure/{id}/judge"     JUDGES   Item   Own    Form   "finding-judge"        pages::exposure::one::judge,       "Judges a finding on proof";

    // Compliance: what units and their systems are said to fulfil
    GET  "/compliance"               BUSINESS  Viewer View   Empty  "compliance"          pages::compliance::page,           "Units by group of requirements, with what is wanting";
    GET  "/compliance/export.csv"    BUSINESS  Viewer Export Empty  "compliance-export"   pages::compliance::file::export,   "Every item of the units of a filter as a marked table";
    GET  "/compliance/template"      RECORDERS Viewer None   Empty  "compliance-template" pages::compliance::file::template, "A unit's items with what is recorded, to be filled in";
    GET  "/compliance/import"        RECORDERS Viewer None   Empty  "compliance-import"   pages::compliance::file::page,     "Where a filled table is uploaded";
    POST "/compliance/import"        RECORDERS Viewer Own    Upload "compliance-take"     pages::compliance::file::take,     "Takes a table over, all of it or nothing";
    GET  "/compliance/{id}"          BUSINESS  Item   View   Empty  "compliance-unit"     pages::compliance::one::page,      "One unit and its systems: values, due days, evidence, history";
    POST "/compliance/{id}/record"   RECORDERS Item   Own    Form   "compliance-record"   pages::compliance::one::record,    "Records one item";
    POST "/compliance/{id}/withdraw" RECORDERS Item   Own    Form   "compliance-withdraw" pages::compliance::one::withdraw,  "Ends a record that was a mistake";

    // Reports and the score
    GET  "/score"                  BUSINESS Viewer None   Empty "score"         pages::score::page,       "The posture score of each unit";
    GET  "/score/{id}"             BUSINESS Item   View   Empty "score-unit"    pages::score::one,        "One unit's score with every lost point";
    POST "/score/{id}/dispute"     OFFICERS Item   Own    Form  "score-dispute" pages::disputes::dispute, "Disputes a row of a score";
    POST "/score/{id}/answer"      ANALYSTS Item   Own    Form  "score-answer"  pages::disputes::answer,  "Says how it was counted";
    POST "/score/{id}/settle"      REGION   Item   Own    Form  "score-settle"  pages::disputes::settle,  "Decides whether the unit is right";
    GET  "/reports"                BUSINESS Viewer None   Empty "reports"       pages::reports::page,     "Reports that were issued";
    POST "/reports"                REGION   None   Own    Form  "report-make"   pages::reports::make,     "Makes a period's report";
    GET  "/reports/{id}"           BUSINESS Item   View   Empty "report"        pages::reports::one,      "One report on screen";
    POST "/reports/{id}/words"     ANALYSTS Item   Own    Form  "report-words"  pages::reports::edit,     "Changes a draft's words";
    POST "/reports/{id}/step"      REGION   Item   Own    Form  "report-step"   pages::reports::step,     "Puts forward, checks, signs, publishes or returns it";
    POST "/reports/{id}/correct"   ANALYSTS Item   Own    Form  "report-correct" pages::reports::correct, "Drafts a correction of what is out";
    GET  "/reports/{id}/{file}"    BUSINESS Item   Export Empty "report-file"   pages::reports::file,     "One report as PDF, Word or model";

    // Cases: the commission's side
    GET  "/notices"                    NOTICES  Viewer Search Empty  "notices"           pages::cases::list,        "Problems of all notices, what is late first";
    GET  "/notices/calls"              CHASERS  Viewer View   Empty  "notice-calls"      pages::cases::calls,       "Units that have not signed in time, with telephones";
    GET  "/notices/list.xlsx"          NOTICES  Viewer Export Empty  "notice-list-file"  pages::cases::export,      "The list in the commission's own columns";
    GET  "/notices/import"             REGION   None   None   Empty  "notice-import"     pages::cases::import,      "Takes a filled list";
    POST "/notices/import"             REGION   Viewer Own    Upload "notice-import-check" pages::cases::import_check, "Says what a filled list would do";
    POST "/notices/import/apply"       REGION   Viewer Own    Upload "notice-import-apply" pages::cases::import_apply, "Does what was shown";
    GET  "/notices/new"                ANALYSTS Viewer View   Empty  "notice-new"        pages::cases::new_page,    "A new notice";
    POST "/notices"                    ANALYSTS Viewer Own    Form   "notice-create"     pages::cases::create,      "Drafts a notice";
    GET  "/notices/{id}"               NOTICES  Item   View   Empty  "notice"            pages::cases::one,         "One notice: steps, units, problems, supervision";
    POST "/notices/{id}/edit"          ANALYSTS Item   Own    Form   "notice-edit"       pages::cases::edit,        "Changes a draft's words";
    POST "/notices/{id}/rows"          ANALYSTS Item   Own    Form   "notice-row"        pages::cases::add_row,     "Adds a problem to a draft";
    POST "/notices/{id}/drop"          ANALYSTS Item   Own    Form   "notice-drop"       pages::cases::drop_row,    "Takes a problem out of a draft";
    POST "/notices/{id}/number"        REGION   Item   Own    Form   "notice-number"     pages::cases::number,      "Gives a notice its number";
    POST "/notices/{id}/step"          REGION   Item   Own    Upload "notice-step"       pages::cases::step,        "Checks, signs, seals, sends, returns or voids it";
    POST "/notices/{id}/call"          CHASERS  Item   Own    Form   "notice-call"       pages::cases::call,        "Records a telephone call";
    POST "/notices/{id}/link"          CHASERS  Item   Own    Form   "notice-link"       pages::cases::issue_link,  "Prints a unit's receipt with a one-time code";
    GET  "/receipt"                    PUBLIC   None   None   Empty  "receipt"           pages::cases::receipt_page, "What a receipt's code opens";
    POST "/receipt"                    PUBLIC   None   Own    Upload "receipt-hand-in"   pages::cases::hand_in,     "Takes a signed receipt, once";
    POST "/notices/{id}/enter"         CHASERS  Item   Own    Upload "notice-enter"      pages::cases::enter,       "Enters a unit's receipt by the scanned sheet";
    POST "/notices/{id}/claim"         CHASERS  Item   Own    Upload "notice-claim"      pages::cases::enter_claim, "Enters what a unit says is put right, by the scanned sheet";
    POST "/notices/{id}/reply-form"    ANALYSTS Item   Own    Form   "notice-reply-form" pages::cases::set_reply_form, "Says what a warning asks to be answered";
    GET  "/notices/{id}/replies"       NOTICES  Item   View   Empty  "replies"           pages::cases::replies,     "Who has answered a warning, and the sums by county";
    GET  "/notices/{id}/replies-now"   NOTICES  Item   None   Empty  "replies-now"       pages::cases::replies_now, "The counts alone, for an open page";
    GET  "/notices/{id}/replies.csv"   NOTICES  Item   Export Empty  "replies-export"    pages::cases::replies_export, "The sums by county, or every unit, as a table";
    POST "/notices/{id}/reply"         CHASERS  Item   Own    Upload "notice-reply"      pages::cases::enter_reply, "Enters the answer of a unit that telephones";
    POST "/notices/{id}/replies-chase" CHASERS  Item   Own    Form   "replies-chase"     pages::cases::chase,       "Reminds all who have not answered";
    POST "/notices/{id}/rung"          REGION   Item   Own    Form   "notice-rung"       pages::cases::rung,        "Sends or drops a step of supervision";
    POST "/notices/{id}/decide"        REGION   Item   Own    Form   "notice-decide"     pages::cases::decide,      "Decides of a problem";
    POST "/notices/{id}/extension"     REGION   Item   Own    Form   "notice-extension"  pages::cases::extension,   "Grants or refuses more time";
    POST "/notices/{id}/correct"       ANALYSTS Item   Own    Form   "notice-correct"    pages::cases::propose,     "Proposes a correction or withdrawal";
    POST "/notices/{id}/approve"       REGION   Item   Own    Form   "notice-approve"    pages::cases::approve,     "Approves or refuses one";
    GET  "/notices/{id}/files/{hash}"  CASES    Item   Export Empty  "notice-file"       pages::cases::file,        "A file of a notice";
    GET  "/deliveries"                 REGION   Viewer View   Empty  "deliveries"        pages::deliveries::page,   "What was sent by mail, webhook and SMS and has not arrived";
    POST "/deliveries/{id}/settle"     ANALYSTS Item   Own    Form   "delivery-settle"   pages::deliveries::settle, "Sends one again, or ends it";
    GET  "/notices/{id}/paper/{paper}" CASES    Item   Export Empty  "notice-paper"      pages::cases::paper,       "A formal document of a notice as PDF or Word";
    GET  "/notices/{id}/archive"       REGION   Item   Export Empty  "notice-archive"    pages::cases::case_file,   "A whole case as one archive with its hashes";
    GET  "/deputies"                   REGION   None   View   Empty  "deputies"          pages::cases::deputies,    "Who signs while a leader is away";
    POST "/deputies"                   LEADERS  None   Own    Form   "deputy-name"       pages::cases::name_deputy, "Names a deputy";
    POST "/deputies/{id}/end"          LEADERS  None   Own    Form   "deputy-end"        pages::cases::end_deputy,  "Ends it";

    // Duty
    GET  "/duty"                 REGION   None View Empty "duty"          pages::duty::page,     "Who is on duty, the roster, hand-overs that wait";
    POST "/duty"                 REGION   None Own  Form  "duty-plan"     pages::duty::plan,     "Plans shifts";
    GET  "/duty/{id}"            REGION   None View Empty "duty-shift"    pages::duty::one,      "One shift and what it hands over";
    POST "/duty/{id}/crew"       REGION   None Own  Form  "duty-crew"     pages::duty::reassign, "Other people for a shift";
    POST "/duty/{id}/withdraw"   REGION   None Own  Form  "duty-withdraw" pages::duty::withdraw, "Takes a shift off that has not begun";
    POST "/duty/{id}/hand-over"  ANALYSTS None Own  Form  "duty-write"    pages::duty::write,    "Writes what a shift leaves to the next";
    POST "/duty/{id}/accept"     ANALYSTS None Own  Form  "duty-accept"   pages::duty::accept,   "Accepts it, by the next shift";

    // Incidents
    GET  "/incidents"                  CASES    Viewer Search Empty  "incidents"         pages::incidents::page,     "Incidents, the open and worst first";
    GET  "/incidents/{id}"             CASES    Item   View   Empty  "incident"          pages::incidents::one,      "One incident: what happened, what touches it, the law's clocks";
    POST "/incidents/{id}/paper"       REGION   Item   Own    Form   "incident-paper"    pages::reports::make_incident, "Makes the report of one incident";
    POST "/incidents/{id}/act"         ANALYSTS Item   Own    Form   "incident-act"      pages::incidents::act,      "Judges, dismisses, closes, opens again";
    POST "/incidents/{id}/merge"       ANALYSTS Item   Own    Form   "incident-merge"    pages::incidents::merge,    "Puts it into another of its unit";
    POST "/incidents/{id}/split"       ANALYSTS Item   Own    Form   "incident-split"    pages::incidents::split,    "Parts alerts into a new one";
    POST "/incidents/{id}/known"       ANALYSTS Item   Own    Form   "incident-known"    pages::incidents::known,    "States when it was known, its class and grade";
    POST "/incidents/{id}/words"       ANALYSTS Item   Own    Upload  "incident-words"    pages::incidents::words,    "Writes what the reports to the authorities tell";
    GET  "/incidents/{id}/law/{law}"   CASES    Item   Export Empty  "incident-law"      pages::incidents::law_paper, "First, follow-up or final report to the authorities as PDF or Word";
    POST "/incidents/{id}/report"      ANALYSTS Item   Own    Form   "incident-report"   pages::incidents::report,   "Puts a report down that was made";

    // Cases: a unit's side
    GET  "/tasks"                      HOSPITALS Viewer View  Empty  "tasks"             pages::cases::tasks,       "What one's units owe by when";
    GET  "/tasks/{id}"                 HOSPITALS Item   View  Empty  "task"              pages::cases::task,        "One notice as its addressee has it";
    POST "/tasks/{id}/sign"            OFFICERS  Item   Own   Form   "task-sign"         pages::cases::sign,        "Signs for a notice";
    POST "/tasks/{id}/pass"            COUNTIES  Item   Own   Form   "task-pass"         pages::cases::pass,        "A county has told its unit";
    POST "/tasks/{id}/reply"           OFFICERS  Item   Own   Upload "task-reply"        pages::cases::reply,       "Answers a warning";
    POST "/tasks/{id}/answer"          OFFICERS  Item   Own   Upload "task-answer"       pages::cases::answer,      "Says that a problem is put right, with proof";
    POST "/tasks/{id}/dispute"         OFFICERS  Item   Own   Form   "task-dispute"      pages::cases::dispute,     "Disputes a problem";
    POST "/tasks/{id}/extend"          OFFICERS  Item   Own   Form   "task-extend"       pages::cases::extend,      "Asks for more time";

    // Files and supervision
    GET "/assets/{name}"           PUBLIC   None   None   Empty "asset"       assets::file,  "Style sheets, scripts, fonts";
    GET "/health/live"             PUBLIC   None   None   Empty "live-check"  health::live,  "The process answers";
    GET "/health/ready"            PUBLIC   None   None   Empty "ready-check" health::ready, "The store answers, too";
}

/// What stands nowhere in the table. Who is not signed in is not told which addresses there are.
static ELSEWHERE: RouteEntry = RouteEntry {
    method: actix_web::http::Method::GET,
    path: "",
    who: PEOPLE,
    scope: ScopeKind::None,
    audit: Audit::None,
    body: Body::Empty,
    name: "elsewhere",
    summary: "No such page",
    types: None,
    make: || web::to(pages::errors::not_found),
};

/// Puts the table into a server: one resource a path, whatever its methods.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    // The guard has read the body, to the route's own limit.
    config.app_data(web::PayloadConfig::new(Body::Upload.bytes_max()));
    let mut order: Vec<&str> = Vec::new();
    let mut resources: BTreeMap<&str, Resource> = BTreeMap::new();
    for entry in ROUTES {
        let resource = resources.remove(entry.path).unwrap_or_else(|| {
            order.push(entry.path);
            web::resource(entry.path)
        });
        let guard = from_fn(move |request, next| guarded(entry, request, next));
        resources.insert(entry.path, resource.route((entry.make)().wrap(guard)));
    }
    for path in order {
        if let Some(resource) = resources.remove(path) {
            config.service(resource);
        }
    }
    config.default_service(
        web::to(pages::errors::not_found).wrap(from_fn(|request, next| guarded(&ELSEWHERE, request, next))),
    );
}

#[cfg(test)]
mod tests;
