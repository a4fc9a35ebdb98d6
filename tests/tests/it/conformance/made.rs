//! How a worker is made, started and stopped, and what its errors say.

use baseapp::{Result, StartError, StopProblem, prelude::*};
use tests::{Gate, Test};

use crate::common::{Recorder, problems, twice};

twice!(
    start_and_stop_hooks_run_in_order_around_the_messages,
    an_error_of_init_reaches_the_error_of_start,
    a_panic_of_init_reaches_the_error_of_start,
    an_error_of_a_start_hook_reaches_the_error_of_start,
    an_error_of_a_stop_hook_is_a_problem_of_the_stop,
);

#[data]
#[derive(PartialEq)]
enum Fault {
    None,
    Init,
    InitPanic,
    Start,
    Stop,
}

#[data]
struct Config {
    fault: Fault,
    gate: String,
}

#[worker(init = Config)]
struct Fragile {
    config: Config,
    diary: Vec<String>,
}

#[message]
struct Write(String);

#[worker]
impl Fragile {
    #[init]
    async fn init(config: Config, cx: &Context<Self>) -> Result<Self> {
        match config.fault {
            Fault::Init => return Err(baseapp::Error::msg("no such camera")),
            Fault::InitPanic => panic!("the lens is broken"),
            _ => {}
        }
        let diary = vec![format!("init of {}", cx.name())];
        Ok(Fragile { config, diary })
    }

    #[start]
    fn start_one(&mut self) -> std::result::Result<(), String> {
        self.diary.push("start one".into());
        if self.config.fault == Fault::Start {
            Err("no film".into())
        } else {
            Ok(())
        }
    }

    #[start]
    async fn start_two(&mut self, _: &Context<Self>) {
        self.diary.push("start two".into());
    }

    #[handler(Write)]
    fn write(&mut self, Write(line): Write) {
        self.diary.push(line);
    }

    #[stop]
    async fn stop_one(&mut self) -> Result<()> {
        self.diary.push("stop one".into());
        if self.config.fault == Fault::Stop {
            return Err(baseapp::Error::msg("no more ink"));
        }
        Ok(())
    }

    #[stop]
    fn stop_two(&mut self) -> Result<()> {
        self.diary.push("stop two".into());
        Ok(tests::leave_word(
            &self.config.gate,
            &self.diary.join(", "),
        )?)
    }
}

async fn start_and_stop_hooks_run_in_order_around_the_messages(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let gate = Gate::new()?;
    let config = Config {
        fault: Fault::None,
        gate: gate.path(),
    };
    let fragile = app.worker::<Fragile>("cam", config)?;
    let app = app.start().await?;
    app.send(&fragile, Write("hello".into())).await?;
    app.stop().await?;
    let diary = "init of cam, start one, start two, hello, stop one, stop two";
    assert_eq!(gate.word().await?, diary);
    Ok(())
}

/// Does not start: the text of why.
async fn not_started(mut app: App, fault: Fault) -> Result<String> {
    app.worker("bystander", Recorder::default())?;
    app.worker::<Fragile>(
        "cam",
        Config {
            fault,
            gate: String::new(),
        },
    )?;
    match app.start().await {
        Err(StartError::Worker { name, how, .. }) => {
            assert_eq!(name, "cam");
            Ok(how)
        }
        Err(error) => Err(error.into()),
        Ok(_) => panic!("started"),
    }
}

async fn an_error_of_init_reaches_the_error_of_start(_: &Test, app: App) -> Result<()> {
    assert_eq!(not_started(app, Fault::Init).await?, "no such camera");
    Ok(())
}

async fn a_panic_of_init_reaches_the_error_of_start(_: &Test, app: App) -> Result<()> {
    let how = not_started(app, Fault::InitPanic).await?;
    assert!(
        how.contains("the lens is broken") && how.contains("made.rs"),
        "{how}"
    );
    Ok(())
}

async fn an_error_of_a_start_hook_reaches_the_error_of_start(_: &Test, app: App) -> Result<()> {
    assert_eq!(not_started(app, Fault::Start).await?, "no film");
    Ok(())
}

async fn an_error_of_a_stop_hook_is_a_problem_of_the_stop(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let config = Config {
        fault: Fault::Stop,
        gate: gate.path(),
    };
    app.worker::<Fragile>("cam", config)?;
    let problems = problems(app.start().await?.stop().await);
    let problem = StopProblem::StopFailed {
        name: "cam".into(),
        text: "no more ink".into(),
        times: 1,
    };
    assert_eq!(problems, [problem]);
    assert!(
        gate.word().await?.ends_with("stop two"),
        "the other hook runs"
    );
    Ok(())
}
