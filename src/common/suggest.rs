//! What somebody meant by a word that is none, and the words there are.

use std::fmt;

/// Characters of a list of words in an error: longer ones name the nearest words alone.
const LONGEST_LIST: usize = 88;
/// From 0, nothing alike, to 1, the same.
const LEAST_ALIKE: f64 = 0.8;

/// The one of `words` that `got` was most likely meant to be; `None` where none is like it.
pub fn nearest<'a>(got: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = words.into_iter().map(|word| (alike(got, word), word));
    alike.filter(|(alike, _)| *alike > 0.0).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, word)| word)
}

/// The words, separated by commas. If there are many: those like `got`, the first ones, and how many more there are.
#[must_use]
pub fn listed(words: &[&str], got: &str) -> String {
    let all = words.join(", ");
    if all.len() <= LONGEST_LIST {
        return all;
    }
    let mut sorted = words.to_vec();
    sorted.sort_by(|one, other| alike(got, other).total_cmp(&alike(got, one)));
    let mut length = 0;
    let fit = |word: &&str| {
        length += word.len() + 2;
        length <= LONGEST_LIST
    };
    let shown: Vec<_> = sorted.into_iter().take_while(fit).collect();
    format!("{} and {} more", shown.join(", "), words.len() - shown.len())
}

/// "; did you mean WORD?", or nothing.
#[must_use]
pub fn did_you_mean(word: Option<impl fmt::Display>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean {word}?"))
}

/// A value in `most` characters at most; of a longer one its ends.
#[must_use]
pub fn shortened(value: &impl fmt::Display, most: usize) -> String {
    let text = value.to_string();
    let length = text.chars().count();
    if length <= most {
        return text;
    }
    let (head, tail) = (most * 2 / 3, most / 4);
    text.chars().take(head).chain("...".chars()).chain(text.chars().skip(length - tail)).collect()
}

/// How alike two words are; 0 where one is not likely meant by the other.
fn alike(one: &str, other: &str) -> f64 {
    let alike = strsim::jaro_winkler(&one.to_lowercase(), &other.to_lowercase());
    if alike > LEAST_ALIKE { alike } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_is_near_and_another_is_not() {
        let words = ["rate", "ramp", "runner", "runners", "warm_pool", "warm_pools"];
        for (got, meant) in
            [("rte", Some("rate")), ("Ramp", Some("ramp")), ("warm_pol", Some("warm_pool")), ("colour", None)]
        {
            assert_eq!(nearest(got, words), meant, "{got}");
        }
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn a_long_list_begins_with_the_nearest_and_says_how_many_there_are() {
        assert_eq!(listed(&["b", "a"], "a"), "b, a");
        let many: Vec<String> = (0..40).map(|at| format!("word-{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let list = listed(&many, "word-33");
        assert!(list.starts_with("word-33, ") && list.ends_with(" more"), "{list}");
        let shown = list.matches("word-").count();
        assert!(list.contains(&format!(" and {} more", 40 - shown)), "{list}");
    }

    #[test]
    fn a_long_value_shows_its_ends() {
        assert_eq!(shortened(&"short", 5), "short");
        let long = shortened(&format!("\"{}\"", "ä".repeat(500)), 60);
        assert!(long.starts_with("\"ä") && long.ends_with("ä\"") && long.chars().count() <= 60, "{long}");
    }
}
