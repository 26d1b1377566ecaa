//! What the command line prints: a forge test that can be piped into a file, and errors of one line.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fluxion-properties"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn replay_prints_solidity_and_nothing_else() {
    let file = "test/properties/regressions/pools/an-exit-rounds-what-is-given-up.json";
    let output = run(&["replay", file, "--solidity"]);
    let (solidity, verdict) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{verdict}");
    assert!(solidity.starts_with("// SPDX-License-Identifier: MIT\n"), "{solidity}");
    assert!(solidity.trim_end().ends_with('}'), "{solidity}");
    assert!(!solidity.contains("no promise broke"), "{solidity}");
    assert!(
        verdict.starts_with(file) && verdict.ends_with("no promise broke\n"),
        "{verdict}"
    );
    assert_eq!(
        text(&run(&["replay", file]).stdout),
        verdict,
        "without it the verdict is the output"
    );
}

#[test]
fn errors_are_one_line_with_the_fix() {
    let sequence = "test/properties/regressions/pools/an-exit-rounds-what-is-given-up.json";
    for (arguments, fix) in [
        (vec!["replay", "missing.json"], "fuzz names the file"),
        (vec!["replay", "Cargo.toml"], "take the --suite that saved it"),
        (
            vec!["replay", sequence, "--suite", "skills"],
            "take the --suite that saved it",
        ),
        (
            vec!["replay", sequence, "--suite", "bridge"],
            "take --suite oracles or --suite pools or --suite skills",
        ),
        (vec!["replay", sequence, sequence, "--solidity"], "give one file"),
        (vec!["replay", sequence, "--out", "nowhere"], "make build"),
    ] {
        let output = run(&arguments);
        let error = text(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(fix),
            "{arguments:?}: {error}"
        );
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}
