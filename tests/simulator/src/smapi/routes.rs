//! The calls of the Alexa Skill Management API that a deployment needs.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::checks;
use super::drafts::{Draft, Model, Work, put};
use crate::answer::{self, Answer};
use crate::call::{Call, text};
use crate::skill::cloud::BuildStatus;
use crate::state::{State, random_uuid};

const BUILD_STEPS: [&str; 2] = ["LANGUAGE_MODEL_QUICK_BUILD", "LANGUAGE_MODEL_FULL_BUILD"];

/// Answers below `/v1/skills` and `/v1/vendors`.
pub(crate) fn route(state: &mut State, call: &Call) -> Answer {
    state.smapi_time_passed();
    let segments = call.segments();
    let scope = match segments.as_slice() {
        [.., "enablement"] => "alexa::ask:skills:test",
        [.., "interactionModel", "locales", _] => "alexa::ask:models:readwrite",
        _ => "alexa::ask:skills:readwrite",
    };
    let now_ms = state.clock.now_ms();
    let token = call.bearer().and_then(|token| state.smapi.access.get(token));
    let Some(token) = token.filter(|token| token.until_ms > now_ms) else {
        return refuse(401, "Token is invalid/expired");
    };
    if !token.scope.split(' ').any(|one| one == scope) {
        return refuse(403, &format!("The token does not have the scope {scope}."));
    }
    let answer = match (&call.method, segments.as_slice()) {
        (&Method::GET, ["v1", "vendors"]) => {
            let vendors: Vec<_> = state
                .smapi
                .vendors
                .iter()
                .map(|vendor| json!({ "id": vendor.id, "name": vendor.name, "roles": ["ROLE_ADMINISTRATOR"] }))
                .collect();
            answer::json(&json!({ "vendors": vendors }))
        }
        (&Method::GET, ["v1", "skills"]) => list(state, call),
        (&Method::POST, ["v1", "skills"]) => create(state, call),
        (_, ["v1", "skills", id, rest @ ..]) => match state.smapi.drafts.contains_key(*id) {
            true => of_skill(state, call, id, rest),
            false => refuse(404, "The specified skill does not exist."),
        },
        _ => refuse(404, "Not found"),
    };
    // What has no wait is done at once.
    state.smapi_time_passed();
    answer
}

fn of_skill(state: &mut State, call: &Call, id: &str, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::DELETE, []) => {
            state.smapi.drafts.remove(id);
            state.skill.cloud.skills.remove(id);
            answer::empty(StatusCode::NO_CONTENT)
        }
        (&Method::GET, ["status"]) => status(state, call, id),
        (&Method::GET, ["stages", "development", "manifest"]) => read_manifest(state, id),
        (&Method::PUT, ["stages", "development", "manifest"]) => put_manifest(state, call, id),
        (method, ["stages", "development", "interactionModel", "locales", locale]) => match *method
        {
            Method::GET => read_model(state, id, locale),
            Method::PUT => put_model(state, call, id, locale),
            _ => refuse(405, "Method not allowed"),
        },
        (method, ["stages", "development", "enablement"]) => enablement(state, method, id),
        _ => refuse(404, "Not found"),
    }
}

fn list(state: &State, call: &Call) -> Answer {
    let query = call.query();
    let vendor = query.text("vendorId");
    if !state.smapi.vendors.iter().any(|one| one.id == vendor) {
        return refuse(403, "User is not authorized for this vendor.");
    }
    let most: usize = query.text("maxResults").parse().unwrap_or(10);
    if most > 50 {
        return violations(&[json!({ "message": "maxResults is more than 50." })]);
    }
    let from: usize = query.text("nextToken").parse().unwrap_or(0);
    let drafts: Vec<_> =
        state.smapi.drafts.iter().filter(|(_, one)| one.vendor == vendor).collect();
    let page: Vec<_> = drafts
        .iter()
        .skip(from)
        .take(most)
        .map(|(id, draft)| {
            let locales = draft.manifest.pointer("/publishingInformation/locales");
            let names: Map<_, _> = locales
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(locale, words)| (locale.clone(), json!(text(words, "/name"))))
                .collect();
            let apis = draft.manifest.get("apis").and_then(Value::as_object);
            let apis: Vec<_> = apis.into_iter().flatten().map(|(name, _)| name.clone()).collect();
            json!({
                "skillId": id, "stage": "development", "apis": apis, "nameByLocale": names,
                "publicationStatus": "DEVELOPMENT",
            })
        })
        .collect();
    let is_cut = from + page.len() < drafts.len();
    let mut body = json!({ "skills": page, "isTruncated": is_cut });
    if is_cut {
        put(&mut body, &["nextToken"], json!((from + most).to_string()));
    }
    answer::json(&body)
}

fn create(state: &mut State, call: &Call) -> Answer {
    let body = call.json();
    let vendor = text(&body, "/vendorId").to_owned();
    if !state.smapi.vendors.iter().any(|one| one.id == vendor) {
        return refuse(403, "User is not authorized for this vendor.");
    }
    let Some(manifest) = body.get("manifest").filter(|value| value.is_object()) else {
        return violations(&[json!({ "message": "Required property \"manifest\" is missing." })]);
    };
    let id = format!("amzn1.ask.skill.{}", random_uuid());
    let due_ms = state.clock.now_ms() + state.smapi.check_ms;
    let draft = Draft {
        vendor,
        manifest: manifest.clone(),
        manifest_work: Work::new(due_ms, 1),
        is_taken: false,
        models: std::collections::BTreeMap::new(),
    };
    state.smapi.made += 1;
    state.smapi.drafts.insert(id.clone(), draft);
    // Not a verdict: that comes later (*observed*).
    answer::json_status(StatusCode::ACCEPTED, &json!({ "skillId": id }))
}

fn status(state: &State, call: &Call, id: &str) -> Answer {
    let asked = |name: &str| {
        url::form_urlencoded::parse(call.query.as_bytes())
            .any(|(key, value)| key == "resource" && value == name)
    };
    let Some(draft) = state.smapi.drafts.get(id) else { return refuse(404, "Not found") };
    let is_all = !call.query.contains("resource=");
    let mut body = Map::new();
    if is_all || asked("manifest") {
        body.insert("manifest".to_owned(), draft.manifest_work.view(&[]));
    }
    if (is_all || asked("interactionModel")) && !draft.models.is_empty() {
        let models: Map<_, _> = draft
            .models
            .iter()
            .map(|(locale, model)| (locale.clone(), model.work.view(&BUILD_STEPS)))
            .collect();
        body.insert("interactionModel".to_owned(), Value::Object(models));
    }
    answer::json(&Value::Object(body))
}

fn read_manifest(state: &State, id: &str) -> Answer {
    let Some(draft) = state.smapi.drafts.get(id) else { return refuse(404, "Not found") };
    if !draft.is_taken && draft.manifest_work.is_under_way() {
        // *Documented*: look at the status first.
        let answer = answer::empty(StatusCode::SEE_OTHER);
        let place = format!("https://api.amazonalexa.com/v1/skills/{id}/status");
        return answer::with_header(answer, http::header::LOCATION, &place);
    }
    // Amazon adds what was left out.
    let mut manifest = draft.manifest.clone();
    put(&mut manifest, &["publishingInformation", "distributionMode"], json!("PUBLIC"));
    put(&mut manifest, &["apis", "custom", "regions"], json!({}));
    // Somebody may have changed it in the console.
    let endpoint = state.skill.cloud.skills.get(id).and_then(|skill| skill.endpoint.as_ref());
    if let Some(endpoint) = endpoint.filter(|_| !draft.manifest_work.is_under_way()) {
        put(&mut manifest, &["apis", "custom", "endpoint", "uri"], json!(endpoint));
    }
    answer::json(&json!({ "manifest": manifest }))
}

fn put_manifest(state: &mut State, call: &Call, id: &str) -> Answer {
    let due_ms = state.clock.now_ms() + state.smapi.check_ms;
    let body = call.json();
    let Some(draft) = state.smapi.drafts.get_mut(id) else { return refuse(404, "Not found") };
    if draft.manifest_work.is_under_way() {
        return refuse(409, "The skill is being updated.");
    }
    let Some(manifest) = body.get("manifest").filter(|value| value.is_object()) else {
        return violations(&[json!({ "message": "Required property \"manifest\" is missing." })]);
    };
    draft.manifest = manifest.clone();
    draft.manifest_work = Work::new(due_ms, draft.manifest_work.version + 1);
    let locales = manifest.pointer("/publishingInformation/locales").and_then(Value::as_object);
    draft.models.retain(|locale, _| locales.is_some_and(|locales| locales.contains_key(locale)));
    state.smapi.sent.entry(id.to_owned()).or_default().push("manifest".to_owned());
    answer::empty(StatusCode::ACCEPTED)
}

fn read_model(state: &State, id: &str, locale: &str) -> Answer {
    match state.smapi.drafts.get(id).and_then(|draft| draft.models.get(locale)) {
        Some(model) => {
            let mut body = model.body.clone();
            put(&mut body, &["version"], json!(model.work.version.to_string()));
            answer::json(&body)
        }
        None => refuse(404, &format!("There is no interaction model for {locale}.")),
    }
}

fn put_model(state: &mut State, call: &Call, id: &str, locale: &str) -> Answer {
    let due_ms = state.clock.now_ms() + state.smapi.build_ms;
    let body = call.json();
    let found = checks::model(locale, &body);
    if !found.is_empty() {
        return violations(&found);
    }
    let Some(draft) = state.smapi.drafts.get_mut(id) else { return refuse(404, "Not found") };
    if draft.models.get(locale).is_some_and(|model| model.work.is_under_way()) {
        return refuse(409, "The interaction model is being built.");
    }
    let version = draft.models.get(locale).map_or(1, |model| model.work.version + 1);
    let model = Model { body, work: Work::new(due_ms, version) };
    draft.models.insert(locale.to_owned(), model);
    if let Some(known) =
        state.skill.cloud.skills.get_mut(id).and_then(|skill| skill.locales.get_mut(locale))
    {
        known.build = BuildStatus::InProgress;
    }
    state.smapi.sent.entry(id.to_owned()).or_default().push(locale.to_owned());
    answer::empty(StatusCode::ACCEPTED)
}

fn enablement(state: &mut State, method: &Method, id: &str) -> Answer {
    let is_enabled = state.is_skill_enabled(id);
    let Some(draft) = state.smapi.drafts.get(id) else { return refuse(404, "Not found") };
    let is_built = |model: &Model| model.work.done.as_ref().is_some_and(Vec::is_empty);
    match *method {
        Method::PUT if !draft.is_taken || !draft.models.values().any(is_built) => {
            return refuse(409, "The skill has no interaction model that is built.");
        }
        Method::PUT => state.enable_skill(id, true),
        Method::GET if is_enabled => {}
        Method::DELETE if is_enabled => state.enable_skill(id, false),
        _ => return refuse(404, "The skill is not enabled."),
    }
    answer::empty(StatusCode::NO_CONTENT)
}

fn refuse(status: u16, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    answer::json_status(status, &json!({ "message": message }))
}

fn violations(found: &[Value]) -> Answer {
    let body = json!({ "message": "Request is not valid.", "violations": found });
    answer::json_status(StatusCode::BAD_REQUEST, &body)
}
