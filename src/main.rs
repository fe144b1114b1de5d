//! The command `agent-sandbox-bench`.

fn main() {
    std::process::exit(agent_sandbox_bench::cli::main(std::env::args_os().collect()));
}
