//! What another user of the host would run: tries to connect to each path
//! that it is given, and says how that ended.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    time::Duration,
};

/// What comes of a connection that says something like a hello.
fn knock(path: &str) -> std::io::Result<usize> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    // It may be closed before all is written.
    let _ = stream.write_all(&tests::raw::whole(tests::raw::HELLO, &[1; 20]));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(0),
        other => other,
    }
}

#[allow(clippy::print_stdout, reason = "what it is for")]
fn main() {
    for path in std::env::args().skip(1) {
        match knock(&path) {
            Ok(count) => println!("connected, and was answered {count} bytes"),
            Err(error) => println!("{:?}", error.kind()),
        }
    }
}
