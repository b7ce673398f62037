//! The program: its ready line, its control port and its end.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::KITCHEN;

#[tokio::test]
async fn the_program_is_driven_over_its_control_port() {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_amazon-simulator"))
        .arg("--stdin-guard")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let ca = std::path::PathBuf::from(ready["ca"].as_str().unwrap());
    assert!(ca.is_file());
    assert!(ready["listen"].as_str().unwrap().starts_with("127.0.0.1:"));
    let control = ready["control"].as_str().unwrap().to_owned();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("{control}/control/{path}");
    let get = async |path: &str| {
        client.get(url(path)).send().await.unwrap().json::<Value>().await.unwrap()
    };

    assert_eq!(get("account").await["password"], "C4nary-Passw0rd-9f3b71");
    assert_eq!(get("code").await["code"].as_str().unwrap().len(), 6);
    let knobs = client.put(url("knobs")).json(&json!({ "next_page": "captcha" }));
    let knobs: Value = knobs.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&knobs["next_page"], &knobs["home_site"]),
        (&json!("captcha"), &json!("amazon.de"))
    );
    let knobs = client.put(url("knobs")).json(&json!({ "next_page": null }));
    let knobs: Value = knobs.send().await.unwrap().json().await.unwrap();
    assert!(knobs["next_page"].is_null());
    let wrong = client.put(url("knobs")).json(&json!({ "nonsense": 1 })).send().await.unwrap();
    assert!(wrong.status().is_client_error());

    let device = format!("devices/{KITCHEN}");
    let patch = json!({ "name": "Pantry", "volume": 5 });
    let patched = client.patch(url(&device)).json(&patch).send().await.unwrap();
    assert_eq!(patched.status(), 200);
    let play =
        json!({ "serial": KITCHEN, "title": "T", "artist": "A", "album": "B", "duration_s": 9 });
    assert_eq!(client.post(url("play")).json(&play).send().await.unwrap().status(), 200);
    let devices = get("devices").await;
    let kitchen = &devices[0];
    assert_eq!(
        (&kitchen["name"], &kitchen["volume"], &kitchen["playing"]),
        (&json!("Pantry"), &json!(5), &json!("PLAYING"))
    );
    assert_eq!(kitchen["track"]["title"], "T");
    let seed = json!({ "serial": "NEW1", "type": "A3RMGO6LYLH7YN", "name": "New" });
    assert_eq!(client.post(url("devices")).json(&seed).send().await.unwrap().status(), 201);
    assert_eq!(client.delete(url("devices/NEW1")).send().await.unwrap().status(), 200);
    assert_eq!(client.delete(url("devices/NEW1")).send().await.unwrap().status(), 404);
    let fault = json!({ "path_prefix": "/x", "kind": "rate_exceeded", "times": 1 });
    let fault: Value =
        client.post(url("faults")).json(&fault).send().await.unwrap().json().await.unwrap();
    assert_eq!(fault["id"], 1);
    let clock = client.post(url("clock")).json(&json!({ "advance_s": 60 })).send().await.unwrap();
    assert_eq!(clock.status(), 200);
    assert_eq!(get("journal?since=0").await, json!({ "next": 0, "entries": [] }));
    assert_eq!(get("registrations").await, json!([]));
    assert_eq!(get("counters").await["requests"], 0);

    client.post(url("shutdown")).send().await.unwrap();
    assert!(child.wait().await.unwrap().success());
    assert!(!ca.exists(), "the folder is gone");
}

#[tokio::test]
async fn the_program_ends_with_its_input() {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_amazon-simulator"))
        .arg("--stdin-guard")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    drop(child.stdin.take());
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn the_program_ends_on_sigterm_and_refuses_bad_arguments() {
    let program = || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_amazon-simulator"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    };
    let mut child = program().spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    let id = child.id().unwrap().to_string();
    let killed = tokio::process::Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(killed.success());
    assert!(child.wait().await.unwrap().success());
    for arguments in [&["--listen", "0.0.0.0:0"][..], &["--nonsense"], &["--control"]] {
        let output = program().args(arguments).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
