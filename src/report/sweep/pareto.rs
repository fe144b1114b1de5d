/// Which of these pairs no other is better than: in one figure, and as good in the other. `less` says of each figure
/// whether less is better. What has no pair is not among them.
pub(super) fn pareto(pairs: &[Option<[f64; 2]>], less: [bool; 2]) -> Vec<bool> {
    // As costs, of which less is better.
    let cost = |pair: [f64; 2]| [0, 1].map(|at| if less[at] { pair[at] } else { -pair[at] });
    let costs: Vec<Option<[f64; 2]>> = pairs.iter().map(|pair| pair.map(cost)).collect();
    let beats = |one: &[f64; 2], other: &[f64; 2]| {
        let [first, second] = [0, 1].map(|at| one[at].total_cmp(&other[at]));
        first.is_le() && second.is_le() && (first.is_lt() || second.is_lt())
    };
    let beaten = |it: &[f64; 2]| costs.iter().flatten().any(|other| beats(other, it));
    costs.iter().map(|it| it.as_ref().is_some_and(|it| !beaten(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_in_both_or_in_one_alone_is_left_out() {
        let pairs = [Some([1.0, 9.0]), Some([2.0, 5.0]), Some([2.0, 6.0]), Some([3.0, 5.0]), None, Some([4.0, 1.0])];
        assert_eq!(pareto(&pairs, [true, true]), [true, true, false, false, false, true]);
        assert_eq!(pareto(&pairs, [false, true]), [false, false, false, false, false, true]);
        assert_eq!(pareto(&pairs, [true, false]), [true, false, false, false, false, false]);
        assert_eq!(pareto(&pairs, [false, false]), [true, false, true, true, false, true]);
    }

    #[test]
    fn equal_points_stay_together() {
        assert_eq!(pareto(&[Some([1.0, 1.0]), Some([1.0, 1.0]), Some([1.0, 2.0])], [true, true]), [true, true, false]);
    }
}
