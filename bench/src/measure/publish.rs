//! `publish`: how many small messages one sender gets through to four receivers,
//! each of which gets every one.

use anyhow::Result;

use super::send::flood_over;
use super::{Metric, Spec, Unit, not_entered};
use crate::contender::fan_out::{Publisher, Several};
use crate::contender::frame::Flush;
use crate::contender::raw::Raw;
use crate::contender::ring::Ring;
use crate::contender::{Contender, Wait};
use crate::messages::Small;
use crate::options::Plan;

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "publish",
    contenders: &[Contender::RawCoalesced, Contender::Ring, Contender::Baseapp],
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "32 B to each of 4",
        unit: Unit::Rate,
        targets: &[],
    }],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let sample = Small::new(0);
    let flood = match contender {
        Contender::RawCoalesced => {
            let sockets = Several::open(|| Raw::open(Flush::Coalesced))?;
            flood_over(sockets, &sample, plan).await?
        }
        Contender::Ring => {
            let rings = Several::open(|| Ring::open_waiting(Wait::Sleep, 32))?;
            flood_over(rings, &sample, plan).await?
        }
        Contender::Baseapp => flood_over(Publisher::open().await?, &sample, plan).await?,
        _ => return Err(not_entered(contender)),
    };
    Ok(vec![flood.rate])
}
