//! What `#[worker(..)]` says of supervision: from `restart = "transient"` to a
//! [`Supervision`].

use super::{
    Arg, Args, CHECKPOINTS,
    time::{backoff, duration, longer_than_zero, quoted},
};
use crate::{
    duration,
    errors::Errors,
    model::{Intensity, Restart, Supervision},
    suggest,
};

const RESTART: Arg = Arg::tokens("restart", "restart = \"transient\"");
const INTENSITY: Arg = Arg::tokens("intensity", "intensity = \"5 in 10s\"");
const BACKOFF: Arg = Arg::tokens("backoff", "backoff = \"100ms..5s\"");
const HANG: Arg = Arg::tokens("hang", "hang = \"10s\"");
const GRACE: Arg = Arg::tokens("grace", "grace = \"5s\"");
const SPIN: Arg = Arg::tokens("spin", "spin = \"20us\"");

/// The arguments that [`supervision`] takes.
pub(crate) const SUPERVISION: [Arg; 6] = [RESTART, INTENSITY, BACKOFF, HANG, GRACE, SPIN];

/// Parses the arguments; those with errors are left out.
pub(crate) fn supervision(args: &mut Args, errors: &mut Errors) -> Supervision {
    let no_hang = "`hang` is longer than zero; without `hang` a handler may take as long as it \
                   likes";
    Supervision {
        restart: restart(args, errors),
        intensity: intensity(args, errors),
        backoff: backoff(BACKOFF, args, errors),
        hang: longer_than_zero(HANG, no_hang, args, errors),
        grace: duration(GRACE, args, errors),
        spin: duration(SPIN, args, errors),
    }
}

/// Says of all that [`supervision`] and [`checkpoint`](super::checkpoint) would take that it
/// stands in the wrong place.
pub(crate) fn only_on_structs(args: &mut Args, errors: &mut Errors) {
    for Arg { name, .. } in SUPERVISION.into_iter().chain(CHECKPOINTS) {
        if let Some(value) = args.take_tokens(name) {
            let message = format!(
                "`{name} = ..` goes to the `#[worker]` on the struct, not on an impl block"
            );
            errors.push(value, message);
        }
    }
}

/// `restart = "transient"`
fn restart(args: &mut Args, errors: &mut Errors) -> Option<Restart> {
    let literal = quoted(RESTART, args, errors)?;
    let text = literal.value();
    let known = Restart::ALL.into_iter().find(|known| known.word() == text);
    if known.is_none() {
        let words = || Restart::ALL.into_iter().map(Restart::word);
        let list = suggest::list(words());
        // Somebody may have written it as the variant of `Restart` is.
        let message = match suggest::nearest(&text.to_lowercase(), words()) {
            Some(near) => {
                format!("unknown word `{text}`; did you mean `{near}`? There are {list}")
            }
            None => format!("`restart` takes {list}, not this"),
        };
        errors.push(literal, message);
    }
    known
}

/// `intensity = "5 in 10s"`
fn intensity(args: &mut Args, errors: &mut Errors) -> Option<Intensity> {
    let literal = quoted(INTENSITY, args, errors)?;
    match parse_intensity(&literal.value()) {
        Ok(intensity) => Some(intensity),
        Err(message) => {
            errors.push(literal, message);
            None
        }
    }
}

fn parse_intensity(text: &str) -> Result<Intensity, String> {
    let parts = text.split_once(" in ").filter(|(deaths, _)| {
        !deaths.is_empty() && deaths.chars().all(|digit| digit.is_ascii_digit())
    });
    let Some((deaths, within)) = parts else {
        return Err(format!(
            "`{text}` is not an intensity; write how many deaths are made good, and within which \
             time, as in `{}`",
            INTENSITY.example()
        ));
    };
    let most = u32::MAX;
    let deaths = deaths
        .parse()
        .map_err(|_| format!("no more than {most} deaths are counted, not {deaths}"))?;
    match duration::nanos(within) {
        None => Err(duration::refusal(within)),
        Some(0) => Err(format!(
            "deaths are counted within a time longer than zero, as in `{}`; if none is to be made \
             good, write `\"0 in 10s\"`",
            INTENSITY.example()
        )),
        Some(within) => Ok(Intensity { deaths, within }),
    }
}
