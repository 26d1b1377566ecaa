//! How code is broken: directions, operators, bounds, guards, statements, constants.

use super::{Mutant, Sources};

/// Text in the place of text, one occurrence at a time. Where several apply to one place each is a mutant.
const SWAPS: &[(&str, &str)] = &[
    // Directions.
    ("mulDivUp(", "mulDivDown("),
    ("mulDivDown(", "mulDivUp("),
    ("scaleUp(", "scaleDown("),
    ("scaleDown(", "scaleUp("),
    ("lower", "upper"),
    ("upper", "lower"),
    ("tokenIn", "tokenOut"),
    ("tokenOut", "tokenIn"),
    ("wordIn", "wordOut"),
    ("balanceIn", "balanceOut"),
    ("weightIn", "weightOut"),
    (", 0);", ", 1);"),
    (", 1);", ", 0);"),
    // Operators.
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " / "),
    (" / ", " * "),
    (" < ", " <= "),
    (" <= ", " < "),
    (" > ", " >= "),
    (" >= ", " > "),
    (" == ", " != "),
    (" != ", " == "),
    (" && ", " || "),
    (" || ", " && "),
    (" >> ", " << "),
    (" << ", " >> "),
    (" | ", " & "),
    (" & ", " | "),
    ("+= ", "-= "),
    ("-= ", "+= "),
    // In assembly.
    ("add(", "sub("),
    ("sub(", "add("),
    (" gt(", " lt("),
    (" lt(", " gt("),
    ("(gt(", "(lt("),
    ("(lt(", "(gt("),
    // Off by one.
    ("1 + ", ""),
    (" + 1", ""),
    (" - 1", ""),
    ("add(1, ", "add(0, "),
    ("(k + 2)", "(k + 1)"),
    ("++i", "i += 2"),
    // Guards.
    (" nonReentrant ", " "),
    (" nonReentrantView", " "),
    (" restricted ", " "),
    (" before(deadline)", " "),
    (" onlyManager", " "),
];

/// Every mutant of every implementation, by file, line and operator.
pub fn generate(sources: &Sources) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (file, text) in sources.implementations() {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut before = 0;
        let mut in_code = false;
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let trimmed = code.trim();
            // Declarations above the first body are types and imports.
            in_code |= trimmed.starts_with("library ") || trimmed.contains("contract ");
            let is_mutable = in_code && !trimmed.is_empty() && !is_declaration(trimmed);
            if is_mutable {
                for (change, replaced) in changes(code) {
                    let rest = &line[code.len()..];
                    let source = format!(
                        "{}{}{}{}",
                        &text[..before],
                        replaced,
                        rest,
                        &text[before + line.len()..]
                    );
                    let short = file.rsplit('/').next().unwrap_or(file);
                    let name = format!("{short}: {trimmed} [{change}]");
                    mutants.push(Mutant {
                        name,
                        file: file.to_owned(),
                        line: number + 1,
                        source,
                    });
                }
            }
            before += line.len();
        }
    }
    mutants
}

fn is_declaration(trimmed: &str) -> bool {
    [
        "import ",
        "using ",
        "event ",
        "error ",
        "struct ",
        "library ",
        "contract ",
        "abstract ",
        "pragma ",
        "modifier ",
    ]
    .iter()
    .any(|start| trimmed.starts_with(start))
        || (trimmed.starts_with("function ") && !trimmed.contains("nonReentrant"))
}

/// The changes of one line of code: what is changed, and the line with it.
fn changes(code: &str) -> Vec<(String, String)> {
    let mut list = Vec::new();
    for (from, to) in SWAPS {
        for (count, (place, _)) in code.match_indices(from).enumerate() {
            // Names are changed whole.
            let is_name = from.chars().all(char::is_alphanumeric);
            let neighbour = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let inside =
                neighbour(code[..place].chars().last()) || neighbour(code[place + from.len()..].chars().next());
            if is_name && inside {
                continue;
            }
            let ordinal = if count > 0 {
                format!(" {}", count + 1)
            } else {
                String::new()
            };
            let changed = format!("{}{to}{}", &code[..place], &code[place + from.len()..]);
            list.push((format!("{}{ordinal} -> {}", from.trim(), to.trim()), changed));
        }
    }
    // Quotients rounded up are rounded down.
    for (count, (place, start)) in code.match_indices("FixedPoint.divUp(").enumerate() {
        let open = place + start.len();
        if let Some((comma, close)) = two_arguments(&code[open..]) {
            let (a, b) = (&code[open..open + comma], &code[open + comma + 1..open + close]);
            let changed = format!("{}(({a}) / ({b})){}", &code[..place], &code[open + close + 1..]);
            list.push((format!("divUp {} -> /", count + 1), changed));
        }
    }
    let trimmed = code.trim();
    if trimmed.starts_with("if (") && trimmed.contains(") revert ") && trimmed.ends_with(';') {
        list.push(("guard dropped".to_owned(), "\n".to_owned()));
    }
    let is_statement = trimmed.ends_with(';')
        && !trimmed.starts_with("return")
        && !trimmed.starts_with("revert")
        && !trimmed.starts_with("if ")
        && !trimmed.starts_with("uint256")
        && !trimmed.starts_with('(')
        && !trimmed.contains(" constant ")
        && (trimmed.contains(" = ")
            || trimmed.contains("_(")
            || trimmed.starts_with('_')
            || trimmed.contains("safeTransfer"));
    if is_statement {
        list.push(("statement dropped".to_owned(), "\n".to_owned()));
    }
    list
}

/// Places of the comma and of the closing bracket of a call with two arguments on one line.
fn two_arguments(rest: &str) -> Option<(usize, usize)> {
    let mut depth = 0_i32;
    let mut comma = None;
    for (place, character) in rest.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' if depth == 0 => return comma.map(|comma| (comma, place)),
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => comma = Some(place),
            _ => {}
        }
    }
    None
}
