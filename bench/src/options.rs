//! The command line, and the plan that follows from it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::contender::Contender;
use crate::measure::Measure;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Measures baseapp beside its peers, always between two processes.

usage: cargo xtask bench [--quick] [--only NAME]... [--peers NAME,..] [--rounds N] [--write]
       cargo xtask bench --criterion [FILTER]

  --quick          short rounds, to see that all is well: under two minutes
  --only NAME      only this measure; may be given again
  --peers NAME,..  only these contenders, and baseapp
  --rounds N       how many rounds; the table shows their medians
  --write          put the tables into README.md, and docs/measured.*
  --criterion      no peers and no processes: codec, dispatch and credit alone,
                   timed by criterion; FILTER is part of a bench's name
";

/// How much of everything is done.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    /// What is measured, in this order.
    pub(crate) measures: Vec<Measure>,
    /// Who takes part beside baseapp; everybody, if nobody is named.
    pub(crate) peers: Vec<Contender>,
    /// Whether all is short.
    pub(crate) quick: bool,
    /// Whether the outcome goes into the repository.
    pub(crate) write: bool,
    /// Times that each contender has its turn.
    pub(crate) rounds: usize,
    /// The same for what takes long: idling, queueing a million tasks or messages,
    /// and starting hundreds of workers.
    pub(crate) idle_rounds: usize,
    /// Work before the clock starts: caches, buffers, the CPU's frequency.
    pub(crate) warmup: Duration,
    /// Work on the clock in one turn.
    pub(crate) lasting: Duration,
    /// Processes started in one turn.
    pub(crate) spawns: usize,
    /// How long an idle process is watched.
    pub(crate) idle: Duration,
}

impl Plan {
    /// The plan for a thorough run.
    pub(crate) fn full() -> Self {
        Self {
            measures: Measure::ALL.to_vec(),
            peers: Vec::new(),
            quick: false,
            write: false,
            rounds: 5,
            idle_rounds: 3,
            warmup: Duration::from_millis(100),
            lasting: Duration::from_millis(600),
            spawns: 40,
            idle: Duration::from_secs(5),
        }
    }

    /// The plan for a quick look.
    pub(crate) fn quick() -> Self {
        let full = Self::full();
        let measures = full.measures.into_iter();
        Self {
            measures: measures.filter(|what| !what.is_crowded()).collect(),
            quick: true,
            rounds: 3,
            idle_rounds: 1,
            warmup: Duration::from_millis(30),
            lasting: Duration::from_millis(100),
            spawns: 10,
            idle: Duration::from_secs(2),
            ..Self::full()
        }
    }

    /// Reads the arguments; `None` if they ask for help.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Self>> {
        let mut arguments = arguments.into_iter();
        let (mut quick, mut write, mut rounds) = (false, false, None);
        let (mut only, mut peers) = (Vec::new(), Vec::new());
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.with_context(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "-h" | "--help" => return Ok(None),
                "--quick" => quick = true,
                "--only" => only.push(measure(&value()?)?),
                "--peers" => {
                    for name in value()?.split(',') {
                        peers.push(contender(name)?);
                    }
                }
                "--write" => write = true,
                "--rounds" => rounds = Some(count(&value()?)?),
                _ => bail!("unknown argument {argument:?}\n\n{HELP}"),
            }
        }
        ensure!(
            !write || only.is_empty() && peers.is_empty(),
            "--write takes all that there is: without --only and --peers"
        );
        let mut plan = if quick { Self::quick() } else { Self::full() };
        if let Some(rounds) = rounds {
            plan.rounds = rounds;
            plan.idle_rounds = plan.idle_rounds.min(rounds);
        }
        (plan.peers, plan.write) = (peers, write);
        if !only.is_empty() {
            plan.measures = Measure::ALL.to_vec();
            plan.measures.retain(|measure| only.contains(measure));
        }
        Ok(Some(plan))
    }
}

/// The measure of that name.
pub(crate) fn measure(name: &str) -> Result<Measure> {
    let found = Measure::ALL
        .into_iter()
        .find(|measure| measure.spec().name == name);
    found.with_context(|| {
        let known = Measure::ALL.map(|measure| measure.spec().name).join(", ");
        format!("no measure is called {name:?}; there are: {known}")
    })
}

/// The contender of that name.
pub(crate) fn contender(name: &str) -> Result<Contender> {
    let mut all: Vec<Contender> = Vec::new();
    for measure in Measure::ALL {
        all.extend(measure.spec().contenders);
    }
    let found = all.iter().find(|contender| contender.name() == name);
    found.copied().with_context(|| {
        let mut known: Vec<&str> = all.iter().map(|contender| contender.name()).collect();
        known.sort_unstable();
        known.dedup();
        let known = known.join(", ");
        format!("no contender is called {name:?}; there are: {known}")
    })
}

fn count(value: &str) -> Result<usize> {
    let rounds = value
        .parse()
        .with_context(|| format!("--rounds takes a number, not {value:?}"))?;
    ensure!(rounds > 0, "--rounds takes at least 1");
    Ok(rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Plan>> {
        Plan::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_means_everything() -> Result<()> {
        assert_eq!(parse("")?, Some(Plan::full()));
        Ok(())
    }

    #[test]
    fn hundreds_of_workers_are_not_quick_but_may_be_asked_for() -> Result<()> {
        let plan = parse("--quick")?.context("no plan")?;
        assert!(plan.measures.contains(&Measure::Depth));
        assert!(!plan.measures.iter().any(|measure| measure.is_crowded()));
        let plan = parse("--quick --only backlog")?.context("no plan")?;
        assert_eq!(plan.measures, [Measure::Backlog]);
        Ok(())
    }

    #[test]
    fn rounds_override_quick() -> Result<()> {
        let plan = parse("--rounds 2 --quick --only send --only ask")?.context("no plan")?;
        assert_eq!((plan.rounds, plan.idle_rounds), (2, 1));
        assert_eq!(plan.measures, [Measure::Ask, Measure::Send]);
        let plan = parse("--peers raw,ring")?.context("no plan")?;
        assert_eq!(plan.peers, [Contender::Raw, Contender::Ring]);
        assert!(parse("--write")?.is_some_and(|plan| plan.write));
        Ok(())
    }

    #[test]
    fn mistakes_are_named() {
        for (line, expected) in [
            ("--only sned", "\"sned\"; there are: ask"),
            ("--peers raw,row", "\"row\"; there are: "),
            ("--write --only ask", "without --only"),
            ("--only", "--only needs a value"),
            ("--rounds 0", "at least 1"),
            ("--rounds many", "not \"many\""),
            ("fast", "unknown argument \"fast\""),
        ] {
            let message = parse(line).map_or_else(|error| error.to_string(), |_| String::new());
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
