//! `metav1.MicroTime`: Go reads it with six digits of a second and no others, so one that is stored otherwise would break
//! every typed list of its kind.

use jiff::Timestamp;
use serde_json::Value;

use super::context::Call;
use super::status::Failure;
use crate::kinds::{EVENTS, LEASES};

const DIGITS: usize = 6;

/// Refuses times of a Lease or an Event that Go could not read, and writes the others in UTC.
pub fn fit(call: &Call, value: &mut Value) -> Result<(), Failure> {
    let paths = match call.id {
        EVENTS => ["/eventTime", "/series/lastObservedTime"],
        LEASES => ["/spec/acquireTime", "/spec/renewTime"],
        _ => return Ok(()),
    };
    for path in paths {
        let Some(time) = value.pointer_mut(path).filter(|time| !time.is_null()) else { continue };
        let Some(read) = time.as_str().and_then(read) else {
            let message = format!(
                "{kind} in version {:?} cannot be handled as a {kind}: {}: parsing time {time} as \
                 \"2006-01-02T15:04:05.000000Z07:00\": it needs six digits of a second",
                call.version(),
                path[1..].replace('/', "."),
                kind = call.kind.kind
            );
            return Err(Failure::bad_request(message));
        };
        *time = format!("{read:.6}").into();
    }
    Ok(())
}

fn read(text: &str) -> Option<Timestamp> {
    let (_, fraction) = text.split_once('.')?;
    let digits = fraction.chars().take_while(char::is_ascii_digit).count();
    if digits == DIGITS { text.parse().ok() } else { None }
}
