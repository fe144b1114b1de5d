use std::convert::Infallible;
use std::io::{self, IsTerminal};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::super::ClusterError;
use super::super::notice::tell;
use super::exec::{Exec, InteractiveMode};

/// How long a plugin is waited for: somebody may have to log in.
pub(super) const TIMEOUT: Duration = Duration::from_secs(300);
/// After this it is said what is waited for.
const SILENCE: Duration = Duration::from_secs(2);
/// More than this is no credential, bytes.
const LONGEST_OUTPUT: usize = 1 << 20;

/// Runs a plugin; what it printed. It ends with whoever waits for it.
///
/// # Errors
/// [`ClusterError::Credentials`], which quotes neither what it printed nor what it was called with: both may hold secrets.
pub(super) async fn run(exec: &Exec, limit: Duration) -> Result<Vec<u8>, ClusterError> {
    let mut child = start(exec)?;
    let work = output(&mut child);
    let (status, printed) = tokio::select! {
        done = timeout(limit, work) => {
            done.map_err(|_| failed(&format!("gave no answer within {} s", limit.as_secs())))??
        }
        never = notice(exec, limit) => match never {},
    };
    if !status.success() {
        return Err(failed(&format!("failed with {status}; run it by hand to see why")));
    }
    Ok(printed)
}

fn start(exec: &Exec) -> Result<Child, ClusterError> {
    let interactive = is_interactive(exec.interactive_mode)?;
    // Logins tell what to do there; a plugin that is never interactive has nothing to say but its output.
    let shown = exec.interactive_mode != InteractiveMode::Never;
    let mut command = Command::new(&exec.command);
    command
        .args(&exec.args)
        .envs(exec.env.iter().map(|(name, value)| (name, value)))
        .env("KUBERNETES_EXEC_INFO", exec.info(interactive))
        .stdin(if interactive { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(if shown { Stdio::inherit() } else { Stdio::null() })
        .kill_on_drop(true);
    command.spawn().map_err(|error| {
        let name = exec.command.display();
        let hint = if exec.install_hint.is_empty() { String::new() } else { format!("; {}", exec.install_hint) };
        ClusterError::Credentials(format!(
            "the credential plugin {name} cannot be run: {error}{}",
            hint.replace('\n', " ")
        ))
    })
}

/// As client-go: a terminal is asked for, and given where it is there.
fn is_interactive(mode: InteractiveMode) -> Result<bool, ClusterError> {
    match mode {
        InteractiveMode::Never => Ok(false),
        InteractiveMode::IfAvailable => Ok(io::stdin().is_terminal()),
        InteractiveMode::Always if io::stdin().is_terminal() => Ok(true),
        InteractiveMode::Always => {
            Err(failed("cannot be run: its interactiveMode is Always, and the standard input is not a terminal"))
        }
    }
}

async fn output(child: &mut Child) -> Result<(ExitStatus, Vec<u8>), ClusterError> {
    let mut printed = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(LONGEST_OUTPUT as u64 + 1).read_to_end(&mut printed).await;
        read.map_err(|error| failed(&format!("cannot be read: {error}")))?;
    }
    if printed.len() > LONGEST_OUTPUT {
        return Err(failed(&format!("printed more than {} MiB", LONGEST_OUTPUT >> 20)));
    }
    let status = child.wait().await.map_err(|error| failed(&format!("is lost: {error}")))?;
    Ok((status, printed))
}

/// Says once what is waited for; never ends.
async fn notice(exec: &Exec, limit: Duration) -> Infallible {
    sleep(SILENCE).await;
    let name = exec.command.display();
    tell(&format!("waiting for the credential plugin {name}, {} s at most", limit.as_secs()));
    std::future::pending().await
}

fn failed(how: &str) -> ClusterError {
    ClusterError::Credentials(format!("the credential plugin {how}"))
}

#[cfg(test)]
mod tests {
    use super::super::exec::ExecApiVersion;
    use super::*;

    async fn said(script: &str, limit: Duration) -> String {
        let exec = Exec {
            command: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("A".into(), "b".into())],
            api_version: ExecApiVersion::V1,
            interactive_mode: InteractiveMode::Never,
            install_hint: String::new(),
            cluster: None,
        };
        match run(&exec, limit).await {
            Ok(output) => String::from_utf8(output).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_plugin_is_waited_for_and_read_within_bounds() {
        let long = Duration::from_secs(60);
        assert_eq!(said("echo $A", long).await, "b\n");
        assert!(said("echo secret; exit 3", long).await.contains("failed with exit status: 3"));
        assert!(said("cat /dev/zero", long).await.contains("more than 1 MiB"));
        assert!(said("sleep 1000", Duration::from_millis(50)).await.contains("no answer"));
        assert!(said("echo $KUBERNETES_EXEC_INFO", long).await.contains(r#""interactive":false"#));
    }
}
