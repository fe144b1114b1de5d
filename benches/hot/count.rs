//! Walks one hot path so many times, for `benches/instructions.py`: PATH N, or nothing to be told the paths.
#![expect(clippy::print_stdout, reason = "the names are data for the script")]

mod paths;

fn main() {
    let mut words = std::env::args().skip(1);
    let (Some(name), Some(times)) = (words.next(), words.next()) else {
        for (name, _) in paths::PATHS {
            println!("{name}");
        }
        return;
    };
    let (_, path) = paths::PATHS.into_iter().find(|(path, _)| *path == name).expect("a path of paths.rs");
    path(times.parse().expect("a whole number"));
}
