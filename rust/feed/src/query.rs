//! The parameters of a URL's query.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Takes the parameters one by one; [`Query::finish`] refuses what nobody took.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Query {
    pub fn parse(query: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            known: Vec::new(),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let index = self.pairs.iter().position(|(key, _)| key == name)?;
        Some(self.pairs.remove(index).1)
    }

    pub fn text(&mut self, name: &'static str, default: &str) -> String {
        self.take(name).unwrap_or_else(|| default.to_owned())
    }

    /// All values of a parameter that may be repeated.
    pub fn all(&mut self, name: &'static str) -> Vec<String> {
        std::iter::from_fn(|| self.take(name)).collect()
    }

    pub fn number<T>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> Result<T, String>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.take(name) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!(
                "'{name}' must be a number from {} to {}, not '{text}'",
                range.start(),
                range.end()
            )),
        }
    }

    /// One of the named values; the first is the default.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Result<T, String> {
        let Some(text) = self.take(name) else {
            return Ok(choices[0].1);
        };
        let found = choices.iter().find(|(choice, _)| *choice == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
            format!("'{name}' must be one of {}, not '{text}'", names.join(", "))
        })
    }

    /// An error when a parameter is left over.
    pub fn finish(mut self) -> Result<(), String> {
        let Some((name, _)) = self.pairs.first() else {
            return Ok(());
        };
        if self.known.contains(&name.as_str()) {
            return Err(format!("'{name}' is given more than once"));
        }
        self.known.sort_unstable();
        self.known.dedup();
        Err(format!(
            "unknown parameter '{name}'; known here: {}",
            self.known.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_values_and_defaults() {
        let mut query = Query::parse("rate=2.5&name=a%20b&header=x&header=y&mode=off");
        assert_eq!(query.number("rate", 1.0, 0.0..=10.0), Ok(2.5));
        assert_eq!(query.number("count", 7_u64, 0..=10), Ok(7));
        assert_eq!(query.text("name", ""), "a b");
        assert_eq!(query.all("header"), ["x", "y"]);
        assert_eq!(
            query.choice("mode", &[("on", true), ("off", false)]),
            Ok(false)
        );
        assert_eq!(
            query.choice("other", &[("on", true), ("off", false)]),
            Ok(true)
        );
        assert_eq!(query.finish(), Ok(()));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let mut query = Query::parse("rate=1&rate=2");
        assert!(query.number("rate", 0, 0..=5).is_ok());
        assert_eq!(
            query.finish().unwrap_err(),
            "'rate' is given more than once"
        );
        let mut query = Query::parse("rat=1");
        assert!(query.number("rate", 0, 0..=5).is_ok());
        assert_eq!(
            query.finish().unwrap_err(),
            "unknown parameter 'rat'; known here: rate"
        );
    }

    #[test]
    fn refuses_bad_values() {
        for bad in ["x=-1", "x=6", "x=", "x=NaN", "x=1e"] {
            assert!(
                Query::parse(bad).number("x", 0.0, 0.0..=5.0).is_err(),
                "{bad}"
            );
        }
        let error = Query::parse("x=maybe")
            .choice("x", &[("on", true), ("off", false)])
            .unwrap_err();
        assert_eq!(error, "'x' must be one of on, off, not 'maybe'");
    }
}
