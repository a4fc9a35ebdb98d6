//! A worker dies: everybody is told, and what it was not sent comes back; or it
//! lives again, with what it kept.

use std::time::{Duration, Instant};

use baseapp::{AskError, SendErrorKind, StopError, StopProblem, prelude::*};

use crate::{
    check::{holds, same},
    messages::{Break, CameBack, Fill, Load, Save},
    workers::{Filler, Fragile, Saver},
};

pub async fn exercise() -> baseapp::Result<()> {
    let mut app = App::new("deaths");
    let to = app.worker("fragile", Fragile)?;
    let filler = app.worker(
        "filler",
        Filler {
            to: to.clone(),
            came_back: 0,
        },
    )?;
    let app = app.start().await?;
    let taken = app.ask::<Fill>(&filler, Fill).await?;
    let end = Instant::now() + Duration::from_secs(5);
    let came_back = loop {
        let came_back = app.ask::<CameBack>(&filler, CameBack).await?;
        if came_back > 0 || Instant::now() > end {
            break came_back;
        }
    };
    holds(
        "what never left comes back",
        0 < came_back && came_back < taken,
    )?;
    let sent = app
        .send::<Load>(&to, Load(vec![]))
        .await
        .map_err(|error| error.kind);
    holds(
        "an address tells",
        matches!(sent, Err(SendErrorKind::Ended(_))),
    )?;

    let Err(error) = app.stop().await else {
        return Err(baseapp::Error::msg("a death is no problem"));
    };
    let problems = error
        .downcast_ref::<StopError>()
        .map(|error| &error.problems);
    let died = |problem: &StopProblem| {
        matches!(problem, StopProblem::Died { name, how, .. }
            if name == "fragile" && how == "exited with code 3")
    };
    holds(
        "the death is told",
        problems.is_some_and(|problems| problems.iter().any(died)),
    )
}

/// What a worker keeps is there in its next life.
pub async fn survived() -> baseapp::Result<()> {
    let mut app = App::new("lives");
    let saver = app.worker("saver", Saver { sum: 1 })?;
    let app = app.start().await?;
    same("a sum", app.ask::<Save>(&saver, Save(2)).await?, 3)?;
    let broken = app.ask::<Break>(&saver, Break).await;
    holds(
        "it dies",
        matches!(broken, Err(AskError::Interrupted { .. })),
    )?;
    let sum = app.ask::<Save>(&saver, Save(3)).await?;
    same("a sum that survived", sum, 6)?;
    app.stop().await
}
