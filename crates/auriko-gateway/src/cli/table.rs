//! Tables for a terminal: columns as wide as their widest cell.

/// Renders rows under a head. Columns named in `right` are numbers, and end where their head ends.
pub(super) fn render(head: &[&str], rows: &[Vec<String>], right: &[&str]) -> String {
    let length = |text: &str| text.chars().count();
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell));
            cells.max().unwrap_or(0).max(length(name))
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(head).zip(&widths).map(|((cell, name), width)| {
            let gap = " ".repeat(width - length(cell));
            if right.contains(name) { gap + cell } else { (*cell).to_owned() + &gap }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(head.to_vec());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["gpt-4o".to_owned(), "2.5".to_owned()], vec!["ü".to_owned(), "10".to_owned()]];
        assert_eq!(
            render(&["MODEL", "PRICE"], &rows, &["PRICE"]),
            "MODEL   PRICE\ngpt-4o    2.5\nü          10\n"
        );
    }
}
