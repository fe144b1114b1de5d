use std::collections::HashSet;

use agent_sandbox_common::check::{Checked, ensure};

use super::session_act::{Act, Command};
use super::session_fields::once;
use super::session_file::ReadFile;
use super::session_step::SessionStep;
use super::{Duration, Via, Workload};

/// Deadline of `suspend` and `resume`: a pod may take its grace period to end, and a cold start to come back.
const MODE_TIMEOUT: Duration = Duration::from_secs(180);

/// A step as it is done, with its defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// What its figures are called.
    pub name: String,
    /// How often it is done, one after another.
    pub repeat: u32,
    /// Deadline of each time.
    pub timeout: Duration,
    /// What is done.
    pub act: Act,
}

impl Workload {
    /// What is done in each ready claim, in order: `workload.exec` and `workload.execute` are a session of one step.
    #[must_use]
    pub fn session(&self) -> Vec<PlannedStep> {
        let command = |text: &String| Command { text: text.clone(), expect: self.expect.clone() };
        let exec = self.exec.iter().map(|text| Act::Exec(command(text)));
        let execute = self.execute.iter().map(|text| Act::Execute(command(text)));
        let single = exec.chain(execute).map(|act| {
            let name = Some(act.kind().to_string());
            SessionStep { name, repeat: once(), timeout: None, act }
        });
        let steps = single.chain(self.steps.iter().cloned()).enumerate();
        steps.map(|(at, step)| self.planned(at, step)).collect()
    }

    fn planned(&self, at: usize, step: SessionStep) -> PlannedStep {
        let SessionStep { name, repeat, timeout, act } = step;
        let default = if act.needs_pod() { self.exec_timeout } else { MODE_TIMEOUT };
        let name = name.unwrap_or_else(|| format!("{}_{}", act.kind(), at + 1));
        PlannedStep { name, repeat, timeout: timeout.unwrap_or(default), act }
    }

    /// Whether something is done in each sandbox.
    #[must_use]
    pub fn does_something(&self) -> bool {
        self.exec.is_some() || self.execute.is_some() || !self.steps.is_empty()
    }

    /// Whether a command is run in each sandbox.
    #[must_use]
    pub fn runs_a_command(&self) -> bool {
        self.session().iter().any(|step| step.act.command().is_some())
    }

    /// Whether one is run through the API server.
    #[must_use]
    pub fn execs(&self) -> bool {
        self.session().iter().any(|step| matches!(step.act, Act::Exec(_)))
    }

    /// Whether something is asked of the server in each sandbox.
    #[must_use]
    pub fn asks_server(&self) -> bool {
        self.session().iter().any(|step| step.act.asks_server())
    }

    /// Whether that goes through the API server.
    #[must_use]
    pub fn proxies(&self) -> bool {
        self.via == Via::ApiServer && self.asks_server()
    }

    /// A router is given where it is used, and only there.
    pub(super) fn validate_reach(&self) -> Checked {
        let routed = self.via == Via::Router;
        ensure(
            !routed || self.router.is_some(),
            "workload.router",
            "nothing",
            "an address, as workload.via is router",
        )?;
        ensure(routed || self.router.is_none(), "workload.router", "it", "nothing, unless workload.via is router")
    }

    /// Whether sandboxes are suspended.
    #[must_use]
    pub fn suspends(&self) -> bool {
        self.steps.iter().any(|step| step.act == Act::Suspend)
    }

    /// Checks the steps: their names, and that each finds the Sandbox as it needs it.
    pub(super) fn validate_session(&self) -> Checked {
        ensure((1..=10_000).contains(&self.repeat), "workload.repeat", self.repeat, "1 to 10000")?;
        let vain = self.repeat > 1 && self.steps.is_empty();
        ensure(!vain, "workload.repeat", "it alone", "it beside workload.steps")?;
        self.steps.iter().enumerate().try_for_each(|(at, step)| step.validate(&format!("workload.steps[{at}]")))?;
        let mut names = HashSet::new();
        let mut session = self.session().into_iter().enumerate();
        session.try_for_each(|(at, step)| {
            let got = format!("\"{}\" a second time", step.name);
            let field = format!("workload.steps[{at}].name");
            ensure(names.insert(step.name), &field, got, "a name of its own, which its figures have")
        })?;
        self.validate_modes()?;
        self.validate_reads()
    }

    /// A file that is read was written before, or the step has its content.
    fn validate_reads(&self) -> Checked {
        let mut written = HashSet::new();
        self.steps.iter().enumerate().try_for_each(|(at, step)| match &step.act {
            Act::WriteFile(file) => {
                written.insert(file.path.relative());
                Ok(())
            }
            Act::ReadFile(ReadFile { path, content: None }) => {
                let allowed = "what the file must hold, as no write_file before it has its path";
                ensure(written.contains(path.relative()), &format!("workload.steps[{at}].content"), "nothing", allowed)
            }
            _ => Ok(()),
        })
    }

    /// A Sandbox is suspended while it runs, and resumed while it is suspended; commands need one that runs.
    fn validate_modes(&self) -> Checked {
        let mut suspended = false;
        for (at, step) in self.steps.iter().enumerate() {
            let field = format!("workload.steps[{at}].kind");
            let kind = step.act.kind();
            match step.act {
                Act::Think(_) => continue,
                Act::Resume => ensure(suspended, &field, kind, "it after a suspend, which it ends")?,
                _ => {
                    ensure(!suspended, &field, format!("{kind} of a suspended Sandbox"), "resume or think")?;
                }
            }
            let changes = matches!(step.act, Act::Suspend | Act::Resume);
            let once = "1: repeat the whole by workload.repeat";
            ensure(!changes || step.repeat == 1, &format!("workload.steps[{at}].repeat"), step.repeat, once)?;
            suspended = step.act == Act::Suspend || (suspended && step.act != Act::Resume);
        }
        let again = "1, or a resume after the last suspend";
        ensure(!suspended || self.repeat == 1, "workload.repeat", self.repeat, again)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::from_value;

    fn refused(workload: &Value) -> String {
        from_value(json!({ "workload": workload }), &[]).unwrap_err().to_string()
    }

    fn session(workload: &Value) -> Vec<PlannedStep> {
        from_value(json!({ "workload": workload }), &[]).unwrap().workload.session()
    }

    #[test]
    fn one_command_is_a_session_of_one_step() {
        for kind in ["exec", "execute"] {
            let [step] = session(&json!({ kind: "id", "expect": "uid", "exec_timeout": "2s" })).try_into().unwrap();
            assert_eq!((&*step.name, step.repeat, step.timeout), (kind, 1, Duration::from_secs(2)));
            let command = Command { text: "id".into(), expect: Some("uid".into()) };
            assert_eq!(step.act.command(), Some(&command));
        }
        assert!(session(&json!({})).is_empty());
    }

    #[test]
    fn steps_have_names_and_deadlines() {
        let steps = json!([{"kind": "exec", "command": "id"}, {"kind": "think", "for": "1s"}, {"kind": "suspend"},
            {"kind": "resume", "name": "back", "timeout": "9s"}, {"kind": "execute", "command": "id", "repeat": 3}]);
        let steps = session(&json!({"steps": steps, "exec_timeout": "5s", "repeat": 2}));
        let told: Vec<_> = steps.iter().map(|step| (&*step.name, step.timeout.to_string(), step.repeat)).collect();
        let told: Vec<_> = told.iter().map(|(name, timeout, repeat)| (*name, &**timeout, *repeat)).collect();
        let wanted = [
            ("exec_1", "5s", 1),
            ("think_2", "3m", 1),
            ("suspend_3", "3m", 1),
            ("back", "9s", 1),
            ("execute_5", "5s", 3),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn what_is_given_is_written_again() {
        let steps = json!([{"kind": "exec", "name": "a", "repeat": 2, "timeout": "1s", "command": "id", "expect": "x"},
            {"kind": "think", "repeat": 1, "for": "1s"},
            {"kind": "write_file", "repeat": 1, "path": "/a/b", "size": "10MB"},
            {"kind": "write_file", "repeat": 1, "path": "c", "content": "text"},
            {"kind": "read_file", "repeat": 1, "path": "a/b"},
            {"kind": "http", "repeat": 1, "path": "/a?b", "method": "POST", "port": 80, "headers": {"a": "b"}, "body": "c",
                "status": 201, "expect": "d"}]);
        let config = from_value(json!({"workload": {"steps": steps}}), &[]).unwrap();
        assert_eq!(serde_json::to_value(&config).unwrap()["workload"]["steps"], steps);
        assert_eq!(from_value(serde_json::to_value(&config).unwrap(), &[]).unwrap(), config);
    }

    #[test]
    fn a_fault_of_a_step_names_its_field() {
        for (step, words) in [
            (json!({"kind": "exec"}), "command: got nothing, allowed: a command, as kind is exec"),
            (
                json!({"kind": "execute", "command": " "}),
                "command: got nothing, allowed: a command, as kind is execute",
            ),
            (json!({"kind": "think"}), "for: got nothing, allowed: a duration"),
            (json!({"kind": "think", "for": "soon"}), "for: got \"soon\", allowed: a number and a unit"),
            (
                json!({"kind": "think", "for": "1s", "timeout": "1s"}),
                "timeout: got it, allowed: nothing, as kind is think",
            ),
            (json!({"kind": "suspend", "command": "id"}), "command: got it, allowed: nothing, as kind is suspend"),
            (json!({"kind": "exec", "command": "id", "repeat": 0}), "repeat: got 0, allowed: 1 to 10000"),
            (json!({"kind": "exec", "command": "id", "timeout": "0s"}), "timeout: got 0s, allowed: "),
            (json!({"kind": "exec", "command": "id", "name": "a-b"}), "name: got \"a-b\", allowed: 1 to 40"),
            (json!({"kind": "exek", "command": "id"}), "kind: got \"exek\", allowed: "),
            (
                json!({"kind": "write_file", "path": "a"}),
                "size: got nothing, allowed: a size, or a content, as kind is",
            ),
            (json!({"kind": "write_file", "size": 1}), "path: got nothing, allowed: a path, as kind is write_file"),
            (json!({"kind": "read_file", "path": "a"}), "content: got nothing, allowed: what the file must hold"),
            (
                json!({"kind": "read_file", "path": "a", "size": 1}),
                "size: got it, allowed: nothing, as kind is read_file",
            ),
            (json!({"kind": "http", "headers": {"Host": "a"}}), "headers.Host: got it, allowed: a header that"),
            (json!({"kind": "http", "port": 0}), "port: got 0, allowed: 1 to 65535"),
            (json!({"kind": "http", "path": "/a b"}), "path: got \"/a b\", allowed: a path that begins with /"),
            (json!({"command": "id"}), "kind: got nothing, allowed: "),
            (json!({"kind": "resume"}), "kind: got resume, allowed: it after a suspend"),
            (json!({"kind": "suspend", "repeat": 2}), "repeat: got 2, allowed: 1"),
        ] {
            let error = refused(&json!({ "steps": [step] }));
            assert!(error.starts_with(&format!("workload.steps[0].{words}")), "{error}");
        }
    }

    #[test]
    fn steps_that_contradict_each_other_are_refused() {
        let (exec, suspend) = (json!({"kind": "exec", "command": "id"}), json!({"kind": "suspend"}));
        for (workload, words) in [
            (
                json!({"exec": "id", "steps": [exec]}),
                "workload.steps: got it beside workload.exec, allowed: one of the two",
            ),
            (json!({"execute": "id", "steps": [exec]}), "workload.steps: got it beside workload.execute, allowed: one"),
            (json!({"expect": "a", "steps": [exec]}), "workload.expect: got it beside workload.steps, allowed: "),
            (json!({"repeat": 2}), "workload.repeat: got it alone, allowed: it beside workload.steps"),
            (json!({"repeat": 0, "steps": [exec]}), "workload.repeat: got 0, allowed: 1 to 10000"),
            (json!({"repeat": 2, "steps": [suspend]}), "workload.repeat: got 2, allowed: 1, or a resume"),
            (
                json!({"steps": [suspend, exec]}),
                "workload.steps[1].kind: got exec of a suspended Sandbox, allowed: resume",
            ),
            (
                json!({"steps": [{"kind": "exec", "command": "id", "name": "exec_2"}, exec]}),
                "workload.steps[1].name: got \"exec_2\" a second time, allowed: a name of its own",
            ),
        ] {
            let error = refused(&workload);
            assert!(error.starts_with(words), "{error}");
        }
    }
}
