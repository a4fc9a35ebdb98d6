//! Every attribute, in every form that it has.

#![deny(warnings, clippy::pedantic)]

use baseapp::prelude::*;

/// A line to print.
#[message]
struct Print(String);

/// How many lines were printed so far?
#[message(reply = u64)]
struct Count;

/// Something changed.
#[message]
#[derive(Clone, Debug)]
enum Changed {
    Name { from: String, to: Label },
    Everything,
}

/// Part of a message.
#[data]
#[derive(Clone, Debug)]
struct Label(String);

/// Prints lines, and counts them.
#[worker]
struct Printer {
    prefix: String,
    #[local]
    printed: u64,
}

#[worker]
impl Printer {
    #[start]
    fn start(&mut self) {
        self.printed = 1;
    }

    #[stop]
    async fn stop(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        println!("{} stops after {}", cx.name(), self.printed);
        Ok(())
    }

    #[handler(Print)]
    fn print(&mut self, Print(line): Print) {
        self.printed += 1;
        println!("{}{line}", self.prefix);
    }

    #[handler(Count)]
    async fn count(&self, _: Count, cx: &Context<Self>) -> Result<u64, String> {
        if cx.name().is_empty() {
            Err("no name".to_owned())
        } else {
            Ok(self.printed)
        }
    }

    #[handler(Changed, subscribe)]
    fn changed(&mut self, changed: Changed) -> Result<(), std::io::Error> {
        match changed {
            Changed::Name {
                from,
                to: Label(to),
            } => println!("{from} is now {to}"),
            Changed::Everything => return Err(std::io::Error::other("too much")),
        }
        Ok(())
    }

    #[every("1.5s")]
    fn tick(&self) {}

    #[after("100us")]
    async fn late(&mut self, _: &Context<Self>) {}

    #[action]
    fn work(&mut self) -> Again {
        self.helper();
        Again::AfterMessage
    }

    #[undelivered(Print)]
    fn lost(&mut self, print: Print) {
        self.prefix = print.0;
    }

    fn helper(&mut self) {
        self.printed = 0;
    }
}

/// What a window starts from.
#[data]
struct Config {
    title: String,
}

/// Owns its main thread.
#[worker(init = Config)]
struct Window {
    title: String,
}

#[worker]
impl Window {
    #[init]
    fn init(config: Config, cx: &Context<Self>) -> baseapp::Result<Self> {
        Ok(Window {
            title: format!("{} {}", cx.name(), config.title),
        })
    }

    #[run]
    fn run(&mut self, inbox: &mut Inbox<Self>, cx: &Context<Self>) -> baseapp::Result<()> {
        let _ = (inbox, cx, &self.title);
        Ok(())
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let printer = app.worker(
        "printer",
        Printer {
            prefix: "> ".into(),
            printed: 0,
        },
    )?;
    let _window = app.worker(
        "window",
        Config {
            title: "hello".into(),
        },
    )?;
    if false {
        let app = app.start().await?;
        app.send::<Print>(&printer, Print("hello".into())).await?;
        let label = Label("new".into());
        app.send::<Changed>(
            &printer,
            Changed::Name {
                from: "old".into(),
                to: label,
            },
        )
        .await?;
        app.send::<Changed>(&printer, Changed::Everything).await?;
        println!("{} printed", app.ask::<Count>(&printer, Count).await?);
        app.stop().await?;
    }
    Ok(())
}
