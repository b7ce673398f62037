//! `amazon-simulator`: runs the simulator until it is told to stop.

use std::io::Write;
use std::process::ExitCode;

use amazon_simulator::{Options, Simulator};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: amazon-simulator [--listen 127.0.0.1:0] [--control 127.0.0.1:0] \
[--state-dir DIR] [--second-account] [--stdin-guard]";

struct Arguments {
    options: Options,
    stdin_guard: bool,
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { options: Options::default(), stdin_guard: false };
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} needs a value"));
        let address = |text: String| {
            text.parse().map_err(|_| format!("{text} is not an address such as 127.0.0.1:0"))
        };
        match name.as_str() {
            "--listen" => arguments.options.listen = address(value()?)?,
            "--control" => arguments.options.control = address(value()?)?,
            "--state-dir" => arguments.options.state_dir = Some(value()?.into()),
            "--second-account" => arguments.options.second_account = true,
            "--stdin-guard" => arguments.stdin_guard = true,
            _ => return Err(format!("unknown argument {name}\n{USAGE}")),
        }
    }
    for address in [arguments.options.listen, arguments.options.control] {
        if !address.ip().is_loopback() {
            return Err(format!("{address} is not a loopback address"));
        }
    }
    Ok(arguments)
}

async fn end_of_input(guarded: bool) {
    if !guarded {
        return std::future::pending().await;
    }
    let mut buffer = [0_u8; 256];
    let mut input = tokio::io::stdin();
    while matches!(input.read(&mut buffer).await, Ok(read) if read > 0) {}
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let simulator = Simulator::start(arguments.options).await?;
    let ready = serde_json::json!({
        "listen": simulator.address().to_string(),
        "control": simulator.control_url(),
        "ca": simulator.ca_path(),
    });
    writeln!(std::io::stdout(), "{ready}")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = simulator.stopped() => {}
        () = end_of_input(arguments.stdin_guard) => {}
    }
    simulator.stop().await;
    Ok(())
}

fn main() -> ExitCode {
    let fail = |message: &str, code: u8| {
        let _ = writeln!(std::io::stderr(), "amazon-simulator: {message}");
        ExitCode::from(code)
    };
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message, 2),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let result = runtime.block_on(run(arguments));
    // A read of standard input may still be blocked; it must not hold the process.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    }
}
