use crate::run::RunError;
use clap::Args;
#[derive(Args)]
pub(super) struct Simulate {}
impl Simulate {
    pub fn run(self) -> Result<i32, RunError> {
        Ok(1)
    }
}
