//! Sigma rules over events: which rules an event is shown (`route`), how their fields are found in it
//! (`view`), and what matched.
//!
//! Rules are split by their log source into partitions, an engine each, so that an event costs only
//! the rules that are about it. Conditions are compiled and judged by `rsigma-eval`.

mod check;
mod correlate;
mod fields;
mod gate;
mod info;
mod load;
mod merge;
mod names;
mod pack;
mod route;
mod samples;
mod scope;
mod value;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use rsigma_eval::{CompiledRule, Engine, Event as _, MatchDetailLevel, ResultBody};
use rsigma_parser::{FilterRule, FilterRuleTarget, SigmaRule};
use ward_event::{Event, alert::content_hash, control::RuleFile};

pub use check::{CheckError, check_command, read_paths};
pub use correlate::{Correlated, Correlations};
pub use info::{Idle, RuleInfo};
pub use load::Refused;
pub use pack::pack;
pub use samples::test_command;

use gate::Gate;
use load::{Documents, Parsed};
use merge::Merged;
use names::Names;
use route::{Partitions, Routes, Triple};
use scope::Scope;
use view::{Scoped, View};

/// Fields an alert's reasons may quote, and how much of each.
const MATCH_FIELDS_MAX: usize = 32;
const MATCH_VALUE_BYTES_MAX: usize = 1_024;

/// A file of this name holds no rule but what `%Name%` stands for: a mapping of names to lists.
pub const PLACEHOLDERS: &str = "placeholders.yml";

/// A rule that an event matches.
#[derive(Debug, Clone)]
pub struct Match {
    pub rule: Arc<RuleInfo>,
    /// The (field, value) pairs that made it fire, sorted; `keyword` where no field is named.
    pub fields: Vec<(String, String)>,
    /// The rule's place in its set.
    index: usize,
}

/// Categories that Windows itself reports too where Sysmon runs: the same start of a process comes
/// as Sysmon 1 and as Security 4688.
const ECHOED: &[&str] = &["process_creation"];

/// The rules of one log source.
struct Partition {
    scope: Scope,
    engine: Engine,
}

/// A set of rules, ready to judge events. Never changes; a new version is a new set.
pub struct RuleSet {
    infos: Vec<Arc<RuleInfo>>,
    /// The partition of each rule.
    homes: Vec<usize>,
    names: Names,
    routes: Routes,
    partitions: Vec<Partition>,
    merged: Merged,
    correlations: correlate::Compiled,
    idle: Vec<Idle>,
    version: String,
}

impl RuleSet {
    /// Loads what can be loaded, whatever the order of the files. A file or rule that cannot is named
    /// with its line and reason, and the others run.
    pub fn load(files: &[RuleFile]) -> (Self, Vec<Refused>) {
        let mut files: Vec<&RuleFile> = files.iter().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let version = version(&files);
        let is_placeholders = |f: &&RuleFile| f.path.rsplit('/').next() == Some(PLACEHOLDERS);
        let (placeholders, rules): (Vec<_>, Vec<_>) =
            files.into_iter().cloned().partition(|f| is_placeholders(&f));
        let mut documents = Documents::read(&rules);
        let mut known = fields::Placeholders::new();
        for file in placeholders {
            match yaml_serde::from_str::<fields::Placeholders>(&file.text) {
                Ok(more) => known.extend(more),
                Err(e) => {
                    let line = e.location().map_or(1, |l| l.line() as u32);
                    documents.refused.push(Refused { file: file.path, line, reason: e.to_string() });
                }
            }
        }
        let mut building =
            Building { refused: std::mem::take(&mut documents.refused), ..Building::default() };
        building.take_rules(documents.rules, &known);
        let correlated = correlate::fields(&documents.correlations);
        let mut set = building.finish(&documents.filters, &correlated, version);
        let mut refused = std::mem::take(&mut building.refused);
        set.correlations =
            correlate::compile(documents.correlations, &building.references, &mut set.infos, &mut refused);
        refused.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        (set, refused)
    }

    /// Appends the rules that the event matches, in the order of the set.
    pub fn evaluate(&self, event: &Event, out: &mut Vec<Match>) {
        let mut partitions = self.routes.of(event);
        if partitions.is_empty() {
            return;
        }
        if partitions.len() > 1
            && let Some(one) = self.merged.get(&partitions)
        {
            partitions = Partitions::from_slice(&[*one]);
        }
        let view = View::new(event, &self.names);
        for partition in partitions {
            let partition = &self.partitions[usize::from(partition)];
            let scoped = Scoped { view: &view, scope: &partition.scope };
            for result in partition.engine.evaluate(&scoped) {
                let index = result.header.rule_id.as_deref().and_then(|id| id.parse::<usize>().ok());
                let (Some(index), ResultBody::Detection(body)) = (index, result.body) else { continue };
                let Some(rule) = self.infos.get(index) else { continue };
                out.push(Match { rule: rule.clone(), fields: matched(body.matched_fields), index });
            }
        }
    }

    /// The value of a field as the rule of that place sees it.
    fn field(&self, event: &Event, index: usize, field: &str) -> Option<String> {
        let partition = &self.partitions[*self.homes.get(index)?];
        let view = View::new(event, &self.names);
        let scoped = Scoped { view: &view, scope: &partition.scope };
        scoped.get_field(field)?.as_str().map(|s| s.into_owned())
    }

    /// Whether the rule of that place is about what Sysmon and Windows both report.
    fn is_echoed(&self, index: usize) -> bool {
        self.infos.get(index).is_some_and(|i| ECHOED.iter().any(|c| i.logsource.split('/').nth(1) == Some(c)))
    }

    /// First 16 hex digits of SHA-256 over paths and texts.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Rules that are loaded and wait for a list that nobody has defined.
    pub fn idle(&self) -> &[Idle] {
        &self.idle
    }

    /// Rules and correlations that are loaded.
    pub fn infos(&self) -> &[Arc<RuleInfo>] {
        &self.infos
    }

    pub fn info(&self, id: &str) -> Option<&Arc<RuleInfo>> {
        self.infos.iter().find(|i| i.id == id)
    }
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleSet").field("version", &self.version).field("rules", &self.infos.len()).finish()
    }
}

fn new_engine(rules: Vec<CompiledRule>) -> Engine {
    let mut engine = Engine::new();
    // Keywords are among what made a rule fire.
    engine.set_match_detail(MatchDetailLevel::Summary);
    engine.extend_compiled_rules(rules);
    engine
}

fn version(files: &[&RuleFile]) -> String {
    let mut all = Vec::new();
    for file in files {
        for part in [&file.path, &file.text] {
            all.extend_from_slice(&(part.len() as u64).to_le_bytes());
            all.extend_from_slice(part.as_bytes());
        }
    }
    content_hash(&all)
}

/// What made a rule fire, in one order whatever the engine's.
fn matched(found: Vec<rsigma_eval::FieldMatch>) -> Vec<(String, String)> {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(s) => s,
        other => other.to_string(),
    };
    let cut = |mut s: String| {
        if s.len() > MATCH_VALUE_BYTES_MAX {
            s.truncate(s.floor_char_boundary(MATCH_VALUE_BYTES_MAX));
        }
        s
    };
    let present = found.into_iter().filter(|m| !m.value.is_null());
    let mut fields: Vec<_> = present.map(|m| (m.field, cut(text(m.value)))).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.truncate(MATCH_FIELDS_MAX);
    fields
}

/// A partition being filled.
#[derive(Default)]
struct Draft {
    source: Triple,
    /// Their `id` is their place in the set.
    rules: Vec<CompiledRule>,
    fields: BTreeSet<String>,
    /// Of the keywords, and whether each has one.
    literals: Vec<String>,
    ungated: bool,
}

/// A set being built.
#[derive(Default)]
struct Building {
    infos: Vec<Arc<RuleInfo>>,
    homes: Vec<usize>,
    /// By log source, in the order of first appearance.
    drafts: Vec<Draft>,
    by_source: HashMap<Triple, usize>,
    /// How a correlation or filter may call a rule: its id, its name, its title.
    references: HashMap<String, usize>,
    idle: Vec<Idle>,
    refused: Vec<Refused>,
}

impl Building {
    fn take_rules(&mut self, rules: Vec<Parsed<SigmaRule>>, placeholders: &fields::Placeholders) {
        let mut seen = HashMap::new();
        for Parsed { path, line, condition, mut rule } in rules {
            let info = RuleInfo::of_rule(&rule, &path);
            // Documents of one file may share their id: variants of one rule, counted as one.
            if let Some(other) = seen.insert(info.id.clone(), path.clone())
                && other != path
            {
                let reason = format!("id {} is that of a rule in {other}", info.id);
                self.refused.push(Refused { file: path, line, reason });
                continue;
            }
            let lists = fields::undefined(&rule, placeholders);
            fields::fill(&mut rule, placeholders);
            match rsigma_eval::compile_rule(&rule) {
                Ok(compiled) if lists.is_empty() => self.take_rule(&rule, Some(compiled), info),
                Ok(_) => {
                    let (id, title, file) = (info.id.clone(), info.title.clone(), path);
                    self.idle.push(Idle { id, title, file, lists });
                    self.take_rule(&rule, None, info);
                }
                Err(e) => {
                    let reason = e.to_string();
                    let line = if reason.contains("identifier") { condition } else { line };
                    self.refused.push(Refused { file: path, line, reason });
                }
            }
        }
    }

    /// Gives a rule its place, and what is compiled of it to the partition of its log source.
    fn take_rule(&mut self, rule: &SigmaRule, compiled: Option<CompiledRule>, info: RuleInfo) {
        let lower = |p: &Option<String>| p.as_ref().map(|p| p.to_lowercase());
        let source = &rule.logsource;
        let triple = [lower(&source.product), lower(&source.category), lower(&source.service)];
        let partition = *self.by_source.entry(triple.clone()).or_insert_with(|| {
            self.drafts.push(Draft { source: triple, ..Draft::default() });
            self.drafts.len() - 1
        });
        for reference in [rule.id.as_ref(), rule.name.as_ref(), Some(&rule.title)].into_iter().flatten() {
            self.references.entry(reference.clone()).or_insert(self.infos.len());
        }
        let draft = &mut self.drafts[partition];
        if let Some(mut compiled) = compiled {
            // What the engine copies into every match is kept in the info once.
            compiled.id = Some(self.infos.len().to_string());
            compiled.title.clear();
            compiled.tags.clear();
            compiled.custom_attributes = Arc::default();
            compiled.include_event = false;
            fields::of_rule(rule, &mut |f| {
                draft.fields.insert(f.to_owned());
            });
            draft.ungated |= !gate::literals(rule, &mut draft.literals);
            draft.rules.push(compiled);
        }
        self.infos.push(Arc::new(info));
        self.homes.push(partition);
    }

    fn finish(&mut self, filters: &[Parsed<FilterRule>], more: &[String], version: String) -> RuleSet {
        let mut names = Names::default();
        let mut partitions = Vec::new();
        let mut sources = Vec::new();
        for mut draft in std::mem::take(&mut self.drafts) {
            filters.iter().for_each(|f| {
                fields::of_filter(&f.rule, &mut |f| {
                    draft.fields.insert(f.to_owned());
                });
            });
            let mut scope = Scope::new(&sections(&draft.source), &draft.fields, more, &mut names);
            // A filter may bring keywords of its own.
            if !draft.ungated && !draft.literals.is_empty() && filters.is_empty() {
                scope.gate = Gate::new(&draft.literals);
            }
            partitions.push(Partition { scope, engine: new_engine(draft.rules) });
            sources.push(draft.source);
        }
        for filter in filters {
            if let Err(reason) = self.apply(&filter.rule, &mut partitions) {
                self.refused.push(Refused { file: filter.path.clone(), line: filter.line, reason });
            }
        }
        let routes = Routes::new(&sources);
        let merged = merge::merge(routes.programs(), &mut partitions);
        RuleSet {
            infos: self.infos.clone(),
            homes: self.homes.clone(),
            names,
            routes,
            partitions,
            merged,
            correlations: correlate::Compiled::default(),
            idle: std::mem::take(&mut self.idle),
            version,
        }
    }

    /// Applies a filter to the rules it names, which the engines know by their place.
    fn apply(&self, filter: &FilterRule, partitions: &mut [Partition]) -> Result<(), String> {
        let mut filter = filter.clone();
        let mut wanted: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (index, info) in self.infos.iter().enumerate() {
            let named = match &filter.rules {
                FilterRuleTarget::Any => true,
                FilterRuleTarget::Specific(refs) => refs.iter().any(|r| *r == info.id || *r == info.title),
            };
            if named {
                wanted.entry(self.homes[index]).or_default().push(index.to_string());
            }
        }
        if wanted.is_empty() {
            return Err("filters no rule that is loaded".to_owned());
        }
        for (partition, ids) in wanted {
            filter.rules = FilterRuleTarget::Specific(ids);
            partitions[partition].engine.apply_filter(&filter).map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}

/// The sections of the field mapping for a log source, the most special first.
fn sections([product, category, service]: &Triple) -> Vec<String> {
    let mut keys = Vec::new();
    if let (Some(product), Some(service)) = (product, service) {
        keys.push(format!("{product}/{service}"));
    }
    keys.extend(category.clone());
    keys
}
