//! A database's record, in the layouts that are about: MaxMind's nested one and the flat ones of
//! other makers.

use compact_str::CompactString;
use serde::Deserialize;
use ward_event::Place;

/// Every key is optional: a City, a Country and an ASN database are read by the same type. What a
/// layout writes as another type than expected (an `asn` as text) is taken as either.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    country: Option<Country<'a>>,
    #[serde(borrow)]
    registered_country: Option<Country<'a>>,
    #[serde(borrow)]
    subdivisions: Option<Vec<Named<'a>>>,
    #[serde(borrow)]
    city: Option<Named<'a>>,
    country_code: Option<&'a str>,
    state1: Option<&'a str>,
    region: Option<&'a str>,
    autonomous_system_number: Option<Number<'a>>,
    autonomous_system_organization: Option<&'a str>,
    asn: Option<Number<'a>>,
    as_name: Option<&'a str>,
    org: Option<&'a str>,
}

/// `{"iso_code": "CN", …}`, or the code itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Country<'a> {
    Code(&'a str),
    Object { iso_code: Option<&'a str> },
}

impl<'a> Country<'a> {
    fn code(&self) -> Option<&'a str> {
        match self {
            Self::Code(code) => Some(code),
            Self::Object { iso_code } => *iso_code,
        }
    }
}

/// `{"names": {"zh-CN": "上海", "en": "Shanghai"}, …}`, or the name itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Named<'a> {
    Name(&'a str),
    Object { names: Option<Names<'a>> },
}

#[derive(Debug, Deserialize)]
struct Names<'a> {
    #[serde(rename = "zh-CN")]
    zh: Option<&'a str>,
    en: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// In Chinese where the database has it.
    fn name(&self) -> Option<&'a str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Object { names } => names.as_ref().and_then(|n| n.zh.or(n.en)),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number<'a> {
    Number(u32),
    Text(&'a str),
}

impl Number<'_> {
    /// `13335` or `AS13335`; 0 for neither.
    fn get(&self) -> u32 {
        match self {
            Self::Number(n) => *n,
            Self::Text(t) => t.strip_prefix("AS").unwrap_or(t).parse().unwrap_or(0),
        }
    }
}

impl Record<'_> {
    /// Adds what this record knows to what another database said.
    pub(super) fn add_to(&self, place: &mut Place) {
        let country = self.country.as_ref().and_then(Country::code);
        let registered = || self.registered_country.as_ref().and_then(Country::code);
        fill(&mut place.country, country.or(self.country_code).or_else(registered));
        let region = self.subdivisions.as_deref().and_then(|s| s.first()).and_then(Named::name);
        fill(&mut place.region, region.or(self.state1).or(self.region));
        fill(&mut place.city, self.city.as_ref().and_then(Named::name));
        let asn = self.autonomous_system_number.as_ref().or(self.asn.as_ref()).map_or(0, Number::get);
        if asn != 0 {
            place.asn = asn;
        }
        fill(&mut place.as_org, self.autonomous_system_organization.or(self.as_name).or(self.org));
    }
}

fn fill(slot: &mut CompactString, value: Option<&str>) {
    if let Some(value) = value
        && !value.is_empty()
    {
        *slot = CompactString::new(value);
    }
}
