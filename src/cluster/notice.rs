use std::sync::{PoisonError, RwLock};

static TELL: RwLock<Option<fn(&str)>> = RwLock::new(None);

/// Sets what shows people the reason for a wait on the way to a cluster. Without it nothing is shown.
pub fn tell_by(tell: fn(&str)) {
    *TELL.write().unwrap_or_else(PoisonError::into_inner) = Some(tell);
}

/// Tells people.
pub(crate) fn tell(text: &str) {
    if let Some(tell) = *TELL.read().unwrap_or_else(PoisonError::into_inner) {
        tell(text);
    }
}
