//! `/accounts`: the security administrator's list, and one account.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    AccountId, DeskError, Reach, Role,
    account::{Account, Enrolment, NewAccount, Rights},
};
use ward_event::UnitId;

use super::{mine::in_words, words::refusal};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::unit_name,
    },
    show::{link, words},
};

/// The roles a person can have.
const ROLES: [Role; 8] = [
    Role::Leader,
    Role::Analyst,
    Role::County,
    Role::Officer,
    Role::Inspector,
    Role::SystemAdmin,
    Role::SecurityAdmin,
    Role::AuditAdmin,
];

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    p: Frame,
    lines: Vec<Line>,
    form: Form,
    error: Option<&'static str>,
}

struct Line {
    id: i64,
    name: String,
    display_name: String,
    role: &'static str,
    reach: String,
    state: &'static str,
    class: &'static str,
    ends: String,
}

#[derive(Template)]
#[template(path = "one_account.html")]
struct OnePage {
    p: Frame,
    account: Line,
    disabled: bool,
    form: Form,
    error: Option<&'static str>,
}

/// The link is shown once; nothing keeps it.
#[derive(Template)]
#[template(path = "account_link.html")]
struct LinkPage {
    p: Frame,
    name: String,
    href: String,
    until: String,
}

/// What the form for rights shows.
#[derive(Default)]
struct Form {
    roles: Vec<Choice>,
    localities: Vec<Choice>,
    units: Vec<Choice>,
    ends: String,
    name: String,
    display_name: String,
}

struct Choice {
    value: String,
    word: String,
    chosen: bool,
}

/// A form with fields that may stand in it several times.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(body: &Bytes) -> Self {
        Self(link::query_pairs(&String::from_utf8_lossy(body)))
    }

    fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// `None` where no role is named, or a unit is none.
    fn rights(&self, ctx: &Ctx) -> Option<Rights> {
        let role: Role = self.one("role").parse().ok()?;
        let reach = match role {
            Role::County => Reach::Locality(self.one("locality").to_owned()),
            Role::Officer => Reach::Units(self.all("unit").map(UnitId::new).collect::<Result<_, _>>().ok()?),
            _ => Reach::Region,
        };
        let ends_at = match self.one("ends") {
            "" => None,
            text => Some(ctx.zone().parse_input(text)?),
        };
        Some(Rights { role, reach, ends_at })
    }
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, form(&ctx, None), None).await
}

async fn show(ctx: &Ctx, form: Form, error: Option<&'static str>) -> HttpResponse {
    let accounts = match ctx.app.desk.accounts().list().await {
        Ok(accounts) => accounts,
        Err(error) => return failed(ctx, &error).await,
    };
    let page = Page {
        p: Frame::new(ctx, Nav::Accounts, ctx.t().nav_accounts).await,
        lines: accounts.iter().map(|account| line(ctx, account)).collect(),
        form,
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

pub(crate) async fn create(ctx: Ctx, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&body);
    let (name, display_name) = (fields.one("name").to_owned(), fields.one("display_name").to_owned());
    let again = Form { name: name.clone(), display_name: display_name.clone(), ..form(&ctx, None) };
    let Some(rights) = fields.rights(&ctx) else {
        return show(&ctx, again, Some(ctx.t().account_reach_unfit)).await;
    };
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let new = NewAccount { name, display_name, rights };
    match ctx.app.desk.accounts().create(by, ctx.address(), new).await {
        Ok(enrolment) => link_page(&ctx, enrolment).await,
        Err(error) => match refusal(ctx.t(), &error) {
            Some(words) => show(&ctx, again, Some(words)).await,
            None => errors::refused(&ctx, Refused::Fault).await,
        },
    }
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show_one(&ctx, AccountId(*id), None).await
}

async fn show_one(ctx: &Ctx, id: AccountId, error: Option<&'static str>) -> HttpResponse {
    let account = match ctx.app.desk.accounts().get(id).await {
        Ok(Some(account)) => account,
        Ok(None) => return errors::missing(ctx).await,
        Err(error) => return failed(ctx, &error).await,
    };
    let page = OnePage {
        p: Frame::new(ctx, Nav::Accounts, account.name.clone()).await,
        disabled: account.disabled_at.is_some(),
        form: form(ctx, Some(&account)),
        account: line(ctx, &account),
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

pub(crate) async fn rights(ctx: Ctx, id: Path<i64>, body: Bytes) -> HttpResponse {
    let id = AccountId(*id);
    let Some(rights) = Fields::read(&body).rights(&ctx) else {
        return show_one(&ctx, id, Some(ctx.t().account_reach_unfit)).await;
    };
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let done = ctx.app.desk.accounts().set_rights(by, ctx.address(), id, rights).await;
    back(&ctx, id, done).await
}

pub(crate) async fn disable(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let done = ctx.app.desk.accounts().disable(by, ctx.address(), AccountId(*id)).await;
    back(&ctx, AccountId(*id), done).await
}

pub(crate) async fn enable(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    let done = ctx.app.desk.accounts().enable(by, ctx.address(), AccountId(*id)).await;
    back(&ctx, AccountId(*id), done).await
}

pub(crate) async fn relink(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    match ctx.app.desk.accounts().relink(by, ctx.address(), AccountId(*id)).await {
        Ok(enrolment) => link_page(&ctx, enrolment).await,
        Err(error) => back(&ctx, AccountId(*id), Err(error)).await,
    }
}

/// The account's page, with what was refused.
async fn back(ctx: &Ctx, id: AccountId, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/accounts/{}", id.0))).finish()
        }
        Err(error) => match refusal(ctx.t(), &error) {
            Some(words) => show_one(ctx, id, Some(words)).await,
            None => errors::refused(ctx, Refused::Fault).await,
        },
    }
}

async fn link_page(ctx: &Ctx, enrolment: Enrolment) -> HttpResponse {
    let page = LinkPage {
        p: Frame::new(ctx, Nav::Accounts, ctx.t().account_link).await,
        href: enrolment.path(),
        name: enrolment.name,
        until: ctx.zone().short(enrolment.expires_at),
    };
    ctx.html(StatusCode::OK, &page)
}

async fn failed(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "accounts cannot be read");
    errors::refused(ctx, Refused::Fault).await
}

fn line(ctx: &Ctx, account: &Account) -> Line {
    let t = ctx.t();
    let over = account.ends_at.is_some_and(|end| end <= ctx.now);
    let (class, state) = match account {
        a if a.disabled_at.is_some() => ("unknown", t.account_disabled),
        _ if over => ("unknown", t.account_over),
        a if a.enrolled_at.is_none() => ("partial", t.account_waiting),
        a if a.locked_until.is_some_and(|until| until > ctx.now) => ("partial", t.account_locked),
        _ => ("ok", t.account_live),
    };
    Line {
        id: account.id.0,
        name: account.name.clone(),
        display_name: account.display_name.clone(),
        role: words::role(t, account.role),
        reach: in_words(ctx, &account.reach),
        state,
        class,
        ends: account.ends_at.map_or_else(String::new, |end| ctx.zone().full(end)),
    }
}

fn form(ctx: &Ctx, account: Option<&Account>) -> Form {
    let role = account.map(|a| a.role);
    let reach = account.map(|a| &a.reach);
    let mut localities: Vec<&str> = ctx.register.units.iter().map(|u| u.locality.as_str()).collect();
    localities.sort_unstable();
    localities.dedup();
    let locality = |name: &&str| Choice {
        value: (*name).to_owned(),
        word: (*name).to_owned(),
        chosen: reach == Some(&Reach::Locality((*name).to_owned())),
    };
    Form {
        roles: ROLES
            .iter()
            .map(|r| Choice {
                value: r.as_str().to_owned(),
                word: words::role(ctx.t(), *r).to_owned(),
                chosen: role == Some(*r),
            })
            .collect(),
        localities: localities.iter().filter(|name| !name.is_empty()).map(locality).collect(),
        units: ctx
            .register
            .units
            .iter()
            .map(|unit| Choice {
                value: unit.id.to_string(),
                word: unit_name(ctx.t(), ctx.lang, &ctx.register, unit.id.as_str()),
                chosen: matches!(reach, Some(Reach::Units(own)) if own.contains(&unit.id)),
            })
            .collect(),
        ends: account.and_then(|a| a.ends_at).map_or_else(String::new, |end| ctx.zone().input(end)),
        ..Form::default()
    }
}
