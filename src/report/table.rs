//! Tables for terminals: the columns that fit, and below a row what does not.

use super::screen::{Line, Look, Screen, Tone};

/// A column; its cells are as wide as it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub head: &'a str,
    pub width: usize,
    /// The lower, the longer it stays as the terminal gets narrow.
    pub rank: u8,
}

/// What a row is called, its cells, and what is said below it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub name: String,
    pub cells: Vec<(Tone, String)>,
    pub notes: Vec<String>,
}

/// A head, and how wide the names below it are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub head: &'static str,
    pub width: usize,
    /// Least width on a narrow terminal; longer names are cut.
    pub least: usize,
}

/// Columns below which a terminal is narrow.
const NARROW: usize = 64;
/// Before what is said below a row.
const INDENT: usize = 2;

/// A table that fits.
#[derive(Debug, Clone)]
pub(super) struct Table<'a> {
    names: Names,
    columns: &'a [Column<'a>],
    shown: Vec<bool>,
}

impl<'a> Table<'a> {
    pub fn new(names: Names, columns: &'a [Column<'a>], look: &Look) -> Self {
        let room = look.columns();
        let width = if room < NARROW { names.least } else { names.width };
        let names = Names { width, ..names };
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|at| columns[*at].rank);
        let (mut shown, mut used) = (vec![false; columns.len()], width);
        for at in order {
            used += columns[at].width;
            shown[at] = used <= room;
        }
        Self { names, columns, shown }
    }

    pub fn head(&self) -> Line {
        let mut line = Line::new(Tone::Strong, self.named(self.names.head));
        for column in self.shown() {
            line = line
                .and(Tone::Dim, format!("{:>width$}", self.columns[column].head, width = self.columns[column].width));
        }
        line
    }

    pub fn row(&self, row: &Row, screen: &mut Screen) {
        let mut line = Line::new(Tone::Plain, self.named(&row.name));
        for at in self.shown() {
            let (tone, text) = &row.cells[at];
            line = line.and(*tone, format!("{text:>width$}", width = self.columns[at].width));
        }
        screen.push(line);
        let hidden = (0..self.columns.len()).filter(|at| !self.shown[*at] && row.cells[*at].1 != "-");
        let hidden = hidden.map(|at| format!("{} {}", self.columns[at].head, row.cells[at].1));
        let notes: Vec<String> = hidden.chain(row.notes.iter().cloned()).collect();
        if !notes.is_empty() {
            let note = format!("{:INDENT$}{}", "", notes.join(", "));
            screen.push(Line::new(Tone::Dim, note).hanging(2 * INDENT));
        }
    }

    fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|at| self.shown[*at])
    }

    /// A name in its width, cut where it is longer.
    fn named(&self, name: &str) -> String {
        let width = self.names.width;
        if name.chars().count() <= width {
            return format!("{name:<width$}");
        }
        let start: String = name.chars().take(width.saturating_sub(3)).collect();
        format!("{:<width$}", format!("{start}.."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_stands_below() {
        let columns = [Column { head: "p50", width: 9, rank: 0 }, Column { head: "max", width: 9, rank: 1 }];
        let names = Names { head: "", width: 60, least: 14 };
        let row = Row {
            name: "phase a long name".into(),
            cells: vec![(Tone::Plain, "1.00ms".into()), (Tone::Bad, ">3.00s".into())],
            notes: vec!["95 % interval 1 to 2".into()],
        };
        let at = |width| {
            let look = Look { width: Some(width), ..Look::default() };
            let (mut screen, table) = (Screen::default(), Table::new(names, &columns, &look));
            table.row(&row, &mut screen);
            screen.plain(look.width)
        };
        assert_eq!(at(30), "phase a lon..    1.00ms\n  max >3.00s, 95 % interval 1\n    to 2\n");
        assert_eq!(at(32), "phase a lon..    1.00ms   >3.00s\n  95 % interval 1 to 2\n");
    }
}
