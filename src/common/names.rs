//! The grammar of Kubernetes' names, labels and quantities, so that a bad value is refused before anything is sent.
//! Each check returns what is allowed.

type Check = Result<(), &'static str>;

fn all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(allowed)
}

fn ends_alphanumeric(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric());
    edge(text.bytes().next()) && edge(text.bytes().next_back())
}

/// A DNS label (RFC 1123): the form of namespaces and of most names here.
pub fn check_dns_label(text: &str) -> Check {
    let inner = all(text, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (text.len() <= 63 && inner && ends_alphanumeric(text))
        .then_some(())
        .ok_or("1 to 63 of a-z, 0-9 and -, starting and ending with a letter or digit")
}

/// A DNS subdomain: the form of object names in general.
pub fn check_dns_subdomain(text: &str) -> Check {
    let inner = text.split('.').all(|part| {
        all(part, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && ends_alphanumeric(part)
    });
    (text.len() <= 253 && inner)
        .then_some(())
        .ok_or("1 to 253 of a-z, 0-9, - and ., each part starting and ending with a letter or digit")
}

/// A label or annotation key: an optional DNS prefix and `/`, then a name.
pub fn check_label_key(text: &str) -> Check {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let prefix_ok = prefix.is_none_or(|prefix| check_dns_subdomain(prefix).is_ok());
    (prefix_ok && !name.is_empty() && check_label_value(name).is_ok())
        .then_some(())
        .ok_or("an optional DNS prefix and /, then 1 to 63 of letters, digits, -, _ and ., starting and ending with a letter or digit")
}

/// A label value: empty, or at most 63 characters.
pub fn check_label_value(text: &str) -> Check {
    let inner = all(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (text.is_empty() || (text.len() <= 63 && inner && ends_alphanumeric(text)))
        .then_some(())
        .ok_or("empty, or up to 63 of letters, digits, -, _ and ., starting and ending with a letter or digit")
}

/// A quantity, such as `500m`, `2` or `1Gi`; not negative.
pub fn check_quantity(text: &str) -> Check {
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let number_ok = number.bytes().any(|b| b.is_ascii_digit()) && number.matches('.').count() <= 1;
    let exponent = |rest: &str| rest.strip_prefix(['+', '-']).unwrap_or(rest).bytes().all(|b| b.is_ascii_digit());
    let suffix_ok = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        .contains(&suffix)
        || suffix.strip_prefix(['e', 'E']).is_some_and(|rest| !rest.is_empty() && exponent(rest));
    (number_ok && suffix_ok).then_some(()).ok_or("a Kubernetes quantity, such as 500m, 2 or 1Gi")
}

/// The number a quantity stands for; `None` for what [`check_quantity`] refuses.
#[must_use]
pub fn quantity_value(text: &str) -> Option<f64> {
    check_quantity(text).ok()?;
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let number: f64 = number.parse().ok()?;
    let power = |base: f64, letter: &str| Some(base.powi("kMGTPE".find(letter)? as i32 + 1));
    Some(match suffix {
        "" => number,
        "n" => number * 1e-9,
        "u" => number * 1e-6,
        "m" => number * 1e-3,
        "k" | "M" | "G" | "T" | "P" | "E" => number * power(1e3, suffix)?,
        "Ki" => number * 1024.0,
        _ if suffix.ends_with('i') => number * power(1024.0, &suffix[..1])?,
        exponent => number * 10f64.powi(exponent[1..].parse().ok()?),
    })
}

/// A run id.
pub fn check_run_id(text: &str) -> Check {
    ((8..=20).contains(&text.len()) && all(text, |b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        .then_some(())
        .ok_or("8 to 20 of a-z and 0-9")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        for good in ["1", "500m", "1.5", "2Gi", "1e3", "12E6", ".5"] {
            assert!(check_quantity(good).is_ok(), "{good}");
        }
        for bad in ["", "m", "1 Gi", "-1", "1.2.3", "1gi", "1e", "0x1"] {
            assert!(check_quantity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_quantities_are_worth() {
        let worth = [("500m", 0.5), ("2", 2.0), ("1Ki", 1024.0), ("1Gi", 1_073_741_824.0), ("2M", 2e6), ("1e3", 1e3)];
        for (text, value) in worth {
            assert_eq!(quantity_value(text), Some(value), "{text}");
        }
        assert_eq!(quantity_value("1gi"), None);
    }

    #[test]
    fn labels() {
        for good in ["a", "app.kubernetes.io/name", "A_b.c-1"] {
            assert!(check_label_key(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "-a", "a b", "A/b", "a/b/c"] {
            assert!(check_label_key(bad).is_err(), "{bad}");
        }
        assert!(check_label_value("").is_ok());
        assert!(check_label_value("x: y\n").is_err());
        assert!(check_label_value(&"a".repeat(64)).is_err());
    }

    #[test]
    fn names() {
        assert!(check_dns_label("agent-sandbox").is_ok());
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "\u{e9}"] {
            assert!(check_dns_label(bad).is_err(), "{bad}");
        }
    }
}
