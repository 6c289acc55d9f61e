//! The call before each attempt to connect (`websocket.preconnect.*`), whose answer is used in the URL, in headers and in messages.

use serde_json::Value as Json;
use url::Url;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::failure::Failure;
use crate::http::{Call, Caller};
use crate::members::{Member, members};
use crate::redact::{Secrets, take_texts};
use crate::requests::header_value;
use crate::settings::{self, Method, Problem};
use crate::template::{Moment, Scope, SecretValues, Template, Values, is_in_name};

const URL: &str = "websocket.preconnect.url";
const HEADERS: &str = "websocket.preconnect.headers";
const BODY: &str = "websocket.preconnect.body";
const EXTRACT: &str = "websocket.preconnect.extract";

/// What HTTP's framing, or the connection, sets.
const OWN_HEADERS: [&str; 6] = [
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What answers say of why there is nothing better in them. No more of an answer is shown: the token may lie in another place than expected.
const COMPLAINTS: [&str; 6] = [
    "error",
    "error_description",
    "errors",
    "code",
    "msg",
    "message",
];

/// The call, made from settings.
#[derive(Debug)]
pub struct Preconnect {
    url: Template,
    /// What may be shown of the URL.
    shown: String,
    method: Method,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
    /// JSON Pointers by name; `None`: the answer is not looked at.
    extract: Option<Vec<Member>>,
}

/// The names of what is extracted; none where the text cannot be read.
#[must_use]
pub fn names(extract: &str) -> Vec<String> {
    let members = members(extract).unwrap_or_default();
    members.iter().map(|member| member.name.clone()).collect()
}

impl Preconnect {
    /// Reads the templates and pointers; all that is wrong with them if something is.
    pub fn of(
        settings: &settings::Preconnect,
        secrets: &SecretValues,
    ) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            scope: Scope {
                extracted: None,
                ..Scope::of(secrets)
            },
            problems: Vec::new(),
        };
        let address = reader.keep(
            URL,
            Address::parse(&settings.url).map_err(|error| format!("is no URL: {error}")),
        );
        if let Some(problem) = address
            .as_ref()
            .and_then(|address| address.problem(["http", "https"]))
        {
            reader.problems.push(Problem::new(URL, problem));
        }
        let url = reader.template(URL, "", &settings.url, true);
        let headers = reader.headers(settings.headers.as_deref());
        let body = settings.body.as_deref();
        let body = body.and_then(|body| reader.template(BODY, "", body, false));
        let extract = settings.extract.as_deref();
        let extract = extract.and_then(|extract| reader.extract(extract));
        match (url, reader.problems.is_empty()) {
            (Some(url), true) => Ok(Self {
                url,
                shown: address
                    .map(|address| address.endpoint())
                    .unwrap_or_default(),
                method: settings.method,
                headers,
                body,
                extract,
            }),
            _ => Err(reader.problems),
        }
    }

    /// Makes the call, and brings what is extracted from its answer. `secrets` learns that, and what was sent.
    pub async fn call(
        &self,
        caller: &Caller<'_>,
        moment: &Moment,
        values: Values<'_>,
        secrets: &mut Secrets,
    ) -> Result<SecretValues, Failure> {
        let call = self.written(moment, values, secrets)?;
        let answer = caller.call(&call, secrets).await?;
        let Some(extract) = &self.extract else {
            return Ok(SecretValues::default());
        };
        let found = find(extract, &answer, secrets);
        found.map_err(|text| caller.failed(&call, Failure::Answer(text)))
    }

    fn written(
        &self,
        moment: &Moment,
        values: Values<'_>,
        secrets: &mut Secrets,
    ) -> Result<Call, Failure> {
        let mut write = |key: &str, template: &Template| {
            template
                .expand_telling(moment, values, None, &mut |secret| secrets.add(secret))
                .map_err(|error| Failure::Request(format!("{key}: {error}")))
        };
        let refuse = |text: String| Failure::Request(format!("{URL}, written out, {text}"));
        let text = write(URL, &self.url)?;
        let url = Url::parse(&text).map_err(|error| refuse(format!("is no URL: {error}")))?;
        if let Some(problem) = Address::Fixed(url.clone()).problem(["http", "https"]) {
            return Err(refuse(problem));
        }
        let mut headers = Vec::new();
        for (name, template) in &self.headers {
            let value = write(HEADERS, template)?;
            header_value(&format!("{HEADERS}: "), name, &value)?;
            headers.push((name.clone(), value));
        }
        let body = self.body.as_ref();
        let body = body.map(|body| write(BODY, body)).transpose()?;
        secrets.add_url(&url);
        let given = |name: &str| {
            headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        if let Some(body) = body.as_ref().filter(|_| !given("Content-Type")) {
            let kind = if body.trim_start().starts_with(['{', '[']) {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            headers.push(("Content-Type".to_owned(), Zeroizing::new(kind.to_owned())));
        }
        Ok(Call {
            what: "preconnect call",
            key: URL,
            url,
            shown: self.shown.clone(),
            method: match self.method {
                Method::Get => "GET",
                Method::Post => "POST",
            },
            headers,
            body,
        })
    }
}

/// What the pointers lead to in an answer; the error says why not, and repeats of the answer its complaints only.
fn find(extract: &[Member], answer: &[u8], secrets: &mut Secrets) -> Result<SecretValues, String> {
    let mut json: Json =
        serde_json::from_slice(answer).map_err(|_| "the answer is no JSON".to_owned())?;
    let found: Result<SecretValues, String> = extract
        .iter()
        .map(|member| {
            let text = match json.pointer(&member.text) {
                Some(Json::String(text)) if !text.is_empty() => text.clone(),
                Some(Json::Number(number)) => number.to_string(),
                Some(Json::Bool(truth)) => truth.to_string(),
                other => return Err(missing(member, other, &json, secrets)),
            };
            Ok((member.name.clone(), text))
        })
        .collect();
    take_texts(&mut json, &mut |_| {});
    let found = found?;
    found.values().for_each(|value| secrets.add(value));
    Ok(found)
}

fn missing(member: &Member, found: Option<&Json>, answer: &Json, secrets: &Secrets) -> String {
    let what = match found {
        None => "nothing",
        Some(Json::Null) => "null",
        Some(Json::String(_)) => "an empty text",
        Some(_) => "an object or an array",
    };
    let said: Vec<String> = COMPLAINTS
        .iter()
        .filter_map(|name| Some((name, answer.get(name)?)))
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}: {}", secrets.excerpt(&value.to_string())))
        .collect();
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("; it says {}", said.join(", "))
    };
    let Member { name, text } = member;
    format!("the answer has {what} at {text} for {{{{pre.{name}}}}} ({EXTRACT}){said}")
}

/// Reads the parts one after the other and keeps what is wrong with them.
struct Reader<'a> {
    scope: Scope<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn keep<T>(&mut self, key: &'static str, read: Result<T, String>) -> Option<T> {
        read.map_err(|text| self.problems.push(Problem::new(key, text)))
            .ok()
    }

    fn template(
        &mut self,
        key: &'static str,
        place: &str,
        text: &str,
        url: bool,
    ) -> Option<Template> {
        let scope = Scope { url, ..self.scope };
        let template = Template::parse(text, scope);
        self.keep(key, template.map_err(|error| format!("{place}{error}")))
    }

    fn headers(&mut self, text: Option<&str>) -> Vec<(String, Template)> {
        let members = text.map(members).unwrap_or(Ok(Vec::new()));
        let members = self.keep(HEADERS, members).unwrap_or_default();
        let mut headers: Vec<(String, Template)> = Vec::new();
        for member in members {
            let Member { name, text } = &member;
            let problem = if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                Some(format!("{name} is set by HTTP itself"))
            } else if headers
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
            {
                Some(format!("{name} is there more than once"))
            } else {
                settings::header_problem(name, text)
            };
            if let Some(problem) = problem {
                self.problems.push(Problem::new(HEADERS, problem));
            } else if let Some(template) = self.template(HEADERS, &format!("{name}: "), text, false)
            {
                headers.push((name.clone(), template));
            }
        }
        headers
    }

    fn extract(&mut self, text: &str) -> Option<Vec<Member>> {
        let members = self.keep(EXTRACT, members(text))?;
        for (index, member) in members.iter().enumerate() {
            let Member { name, text } = member;
            let problem = if name.is_empty() || !name.chars().all(is_in_name) {
                Some("a name has letters, digits, _, - and . only".to_owned())
            } else if members[..index].iter().any(|other| other.name == *name) {
                Some(format!("{name} is there more than once"))
            } else if !is_pointer(text) {
                Some(format!(
                    "{name}: a JSON Pointer (RFC 6901) begins with / and has ~ as ~0 or ~1 only"
                ))
            } else {
                None
            };
            self.problems
                .extend(problem.map(|text| Problem::new(EXTRACT, text)));
        }
        Some(members)
    }
}

fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1);
    text.starts_with('/') && escapes.into_iter().all(|rest| rest.starts_with(['0', '1']))
}

#[cfg(test)]
#[path = "preconnect_tests.rs"]
mod tests;
