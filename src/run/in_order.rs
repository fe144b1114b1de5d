use std::collections::BTreeMap;
use std::iter;

/// What is known of each claim when it is over, passed on in the order of the claims.
pub(super) struct InOrder<T> {
    next: u64,
    waiting: BTreeMap<u64, T>,
}

impl<T> InOrder<T> {
    /// Nothing yet; the first claim has index 0.
    pub fn new() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }

    /// Adds what is known of a claim. Returns everything that no longer waits for an earlier claim.
    pub fn add(&mut self, index: u64, told: T) -> impl Iterator<Item = T> {
        self.waiting.insert(index, told);
        iter::from_fn(|| {
            let first = self.waiting.first_entry().filter(|first| *first.key() == self.next)?;
            self.next += 1;
            Some(first.remove())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_on_before_what_is_missing() {
        let mut in_order = InOrder::new();
        let mut add = |index: u64| in_order.add(index, index * 10).collect::<Vec<_>>();
        assert_eq!([add(0), add(2), add(3), add(1), add(4)], [vec![0], vec![], vec![], vec![10, 20, 30], vec![40]]);
    }
}
