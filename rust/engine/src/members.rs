//! JSON objects in the configuration whose members are texts by name.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use zeroize::Zeroize as _;

/// One member; its text may be secret.
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// The members of a JSON object in their order, those of the same name as well. The error repeats nothing.
pub fn members(json: &str) -> Result<Vec<Member>, String> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<Member>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut members = Vec::new();
            while let Some((name, text)) = map.next_entry()? {
                members.push(Member { name, text });
            }
            Ok(members)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(json);
    let members = reader
        .deserialize_map(Members)
        .and_then(|members| reader.end().map(|()| members));
    let members = members.map_err(|error| {
        format!(
            r#"no JSON object of texts, such as {{"name": "text"}}: something is wrong at line {} column {}"#,
            error.line(),
            error.column()
        )
    })?;
    if members.is_empty() {
        return Err("the JSON object is empty".to_owned());
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_in_their_order() {
        let read = members(r#" {"b": "1", "a":"\u00e4", "b":"2"} "#).expect("members");
        let read: Vec<_> = read
            .iter()
            .map(|member| (member.name.as_str(), member.text.as_str()))
            .collect();
        assert_eq!(read, [("b", "1"), ("a", "ä"), ("b", "2")]);
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for json in [
            "",
            "s3cret",
            "[\"s3cret\"]",
            "{\"a\":1}",
            "{\"a\":\"s3cret\"} x",
            "{\"a\":",
        ] {
            let error = members(json).map(drop).expect_err("refused");
            assert!(
                error.starts_with("no JSON object") && !error.contains("s3cret"),
                "{error}"
            );
        }
        assert!(members("{}").is_err());
    }
}
