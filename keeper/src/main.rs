//! `fluxion-keeper`: see `fluxion-keeper --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fluxion_keeper::cli::main()
}
