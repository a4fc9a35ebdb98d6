//! [`Options`]: what stands on the command line.

use crate::step::Failure;

/// Seconds for each target, unless told otherwise.
const TIME: u64 = 60;

/// See the [module](self).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Seconds for each target.
    pub(super) time: Option<u64>,
    /// Executions of each target.
    pub(super) runs: Option<u64>,
    /// These targets alone.
    pub(super) only: Vec<String>,
    /// None makes a target many times as fast. What it would find is undefined
    /// behaviour, and this library has no unsafe code where targets lead.
    pub(super) sanitizer: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            time: None,
            runs: None,
            only: Vec::new(),
            sanitizer: "none".to_owned(),
        }
    }
}

impl Options {
    pub(super) fn parse(arguments: &[String]) -> Result<Options, Failure> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value = || {
                let missing = || Failure::Usage(format!("{name} needs a value"));
                rest.next().ok_or_else(missing)
            };
            match name.as_str() {
                "--time" => options.time = Some(number(value()?)?),
                "--runs" => options.runs = Some(number(value()?)?),
                "--only" => options.only.push(value()?.clone()),
                "--sanitizer" => options.sanitizer.clone_from(value()?),
                other => return Err(Failure::Usage(format!("fuzz does not know {other:?}"))),
            }
        }
        Ok(options)
    }

    /// When a target is done, as the fuzzer wants it said.
    pub(super) fn limits(&self) -> Vec<String> {
        let time = self.time.or(self.runs.is_none().then_some(TIME));
        let time = time.map(|seconds| format!("-max_total_time={seconds}"));
        let runs = self.runs.map(|runs| format!("-runs={runs}"));
        time.into_iter().chain(runs).collect()
    }
}

fn number(text: &str) -> Result<u64, Failure> {
    let wrong = |_| Failure::Usage(format!("{text:?} is no number"));
    text.parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_target_runs_for_a_minute_unless_told_otherwise() {
        let limits = |line: &str| parsed(line).map(|options| options.limits());
        assert_eq!(limits(""), Ok(vec!["-max_total_time=60".to_owned()]));
        assert_eq!(limits("--runs 9"), Ok(vec!["-runs=9".to_owned()]));
        let both = ["-max_total_time=5", "-runs=9"].map(str::to_owned);
        assert_eq!(limits("--runs 9 --time 5"), Ok(both.to_vec()));
    }

    #[test]
    fn slips_are_named() {
        assert_eq!(parsed("--time"), Err("--time needs a value".to_owned()));
        assert_eq!(parsed("--time x"), Err("\"x\" is no number".to_owned()));
        let unknown = parsed("--fast").err().unwrap_or_default();
        assert!(unknown.contains("--fast"), "{unknown}");
        let only = parsed("--only link --only frames").map(|options| options.only);
        assert_eq!(only, Ok(vec!["link".to_owned(), "frames".to_owned()]));
    }
}
