//! Columns of text that fit a terminal: without borders, so that a whole world fits 80 x 24.

/// Rows of cells, aligned; columns of `right` (counted from 0) to the right.
pub(super) fn grid(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if right.contains(&column) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// The first lines that fit, each cut to the width.
pub(super) fn fit(lines: &[String], width: usize, height: usize) -> Vec<String> {
    let cut = |line: &String| match line.char_indices().nth(width) {
        None => line.clone(),
        Some((end, _)) => line[..end].to_owned(),
    };
    lines.iter().take(height).map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_are_cut() {
        let cells = |row: [&str; 3]| row.map(str::to_owned).to_vec();
        let rows = [cells(["Feed", "Price", "State"]), cells(["EUR", "1.17734", "in use"])];
        let lines = grid(&rows, &[1]);
        assert_eq!(lines, ["Feed    Price  State", "EUR   1.17734  in use"]);
        assert_eq!(fit(&lines, 4, 1), ["Feed"]);
        assert_eq!(
            fit(&["\u{e9}\u{e9}\u{e9}".to_owned()], 2, 9),
            ["\u{e9}\u{e9}"],
            "by characters, not bytes"
        );
    }
}
