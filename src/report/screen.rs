//! Text for people whose parts say what they mean: a terminal shows that by colour, a file by words alone.

/// What a part of a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// The line that matters.
    Strong,
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// Not as it should be.
    Bad,
    /// Of less weight.
    Dim,
}

/// How the text is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; `None`: no terminal, so that sentences stay in one line.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub colour: bool,
    /// Whether the terminal draws more than ASCII.
    pub unicode: bool,
}

/// Columns where no terminal says how many it has.
const WIDTH: usize = 80;

impl Look {
    /// Columns of a table.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(WIDTH)
    }
}

/// Lines in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen(Vec<Line>);

/// Parts side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    parts: Vec<(Tone, String)>,
    /// Columns before what does not fit the first line.
    hang: usize,
}

impl Line {
    /// One part.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self::default().and(tone, text)
    }

    /// One more part.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.parts.push((tone, text.into()));
        self
    }

    /// How far what does not fit the first line is indented.
    #[must_use]
    pub fn hanging(self, hang: usize) -> Self {
        Self { hang, ..self }
    }

    /// The line in as many of `width` columns as it needs. A longer word, such as a path, has a line of its own, since a
    /// path that is broken cannot be copied.
    fn wrapped(&self, width: Option<usize>) -> Vec<Self> {
        let length: usize = self.parts.iter().map(|(_, text)| text.chars().count()).sum();
        let Some(width) = width.filter(|width| length > *width) else { return vec![self.clone()] };
        let (mut lines, mut used) = (vec![Self::default()], 0);
        for (tone, text) in &self.parts {
            for word in text.split_inclusive(' ') {
                let long = word.trim_end().chars().count();
                let is_blank = long == 0 && used > self.hang;
                if used > self.hang && used + long > width {
                    lines.last_mut().into_iter().for_each(Self::trim);
                    lines.push(Self::new(Tone::Plain, " ".repeat(self.hang)));
                    used = self.hang;
                }
                if is_blank && used == self.hang {
                    continue;
                }
                used += word.chars().count();
                // One part a line, or a colour would begin anew at each word.
                match lines.last_mut().map(|line| &mut line.parts) {
                    Some(parts) if parts.last().is_some_and(|last| last.0 == *tone) => {
                        parts.last_mut().into_iter().for_each(|last| last.1.push_str(word));
                    }
                    Some(parts) => parts.push((*tone, word.to_owned())),
                    None => {}
                }
            }
        }
        lines
    }

    /// Takes the blanks at the end away, which a colour would show.
    fn trim(&mut self) {
        self.parts.last_mut().into_iter().for_each(|(_, text)| text.truncate(text.trim_end().len()));
    }
}

impl Screen {
    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.0.push(line);
    }

    /// Adds a line that means nothing in particular.
    pub fn say(&mut self, text: impl Into<String>) {
        self.push(Line::new(Tone::Plain, text));
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.0.push(Line::default());
    }

    /// The text in `width` columns; `paint` shows what a part means.
    #[must_use]
    pub fn text(&self, width: Option<usize>, paint: impl Fn(Tone, &str) -> String) -> String {
        let lines = self.0.iter().flat_map(|line| line.wrapped(width));
        let painted = |line: Line| line.parts.iter().map(|(tone, text)| paint(*tone, text)).collect::<String>();
        lines.map(|line| painted(line).trim_end().to_owned() + "\n").collect()
    }

    /// The text as a file has it.
    #[must_use]
    pub fn plain(&self, width: Option<usize>) -> String {
        self.text(width, |_, text| text.to_owned())
    }
}

impl From<Line> for Screen {
    fn from(line: Line) -> Self {
        Self(vec![line])
    }
}

impl Extend<Line> for Screen {
    fn extend<T: IntoIterator<Item = Line>>(&mut self, lines: T) {
        self.0.extend(lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: Line, width: usize) -> String {
        let mut screen = Screen::default();
        screen.push(line);
        screen.text(Some(width), |tone, text| if tone == Tone::Bad { format!("<{text}>") } else { text.into() })
    }

    #[test]
    fn what_does_not_fit_goes_on_below_in_its_tone() {
        let line = Line::new(Tone::Bad, "WARNING: ").and(Tone::Plain, "one two three").hanging(2);
        assert_eq!(shown(line.clone(), 22), "<WARNING: >one two three\n");
        assert_eq!(shown(line.clone(), 14), "<WARNING: >one\n  two three\n");
        assert_eq!(shown(line, 9), "<WARNING:>\n  one two\n  three\n");
    }

    #[test]
    fn a_longer_word_stays_whole() {
        assert_eq!(shown(Line::new(Tone::Plain, "results in /a/long/path now"), 12), "results in\n/a/long/path\nnow\n");
    }

    #[test]
    fn columns_that_fit_keep_their_spaces() {
        assert_eq!(shown(Line::new(Tone::Plain, "  a    b   c"), 12), "  a    b   c\n");
    }
}
