use super::place::{Place, Server};
use crate::config::{Config, ControllerMetricsSource};
use crate::measure::{Source, SourceSummary, SourceValue};
use crate::run::pods::KnownPods;
use crate::run::{Opened, RunningController};

/// A source that is asked again and again, and what became of that.
pub(super) struct Ask {
    place: Place,
    so_far: SourceSummary,
    is_over: bool,
}

impl Ask {
    /// Of a source of this run; `None` of one that is not asked for.
    pub fn of(source: Source, config: &Config, opened: &Opened, pods: &KnownPods) -> Option<Self> {
        let place = match source {
            Source::Controller => controller(&config.output.controller_metrics, opened),
            Source::ApiServer => Place::Server(Server::new(opened.access.clone())),
            Source::Generator => Place::Process,
            Source::Machine => Place::Machine,
            Source::Kubelets => Place::Kubelets(Server::new(opened.access.clone()), pods.on_nodes()?),
            Source::Runsc => pods.on_nodes().map(|_| runsc(opened))?,
        };
        Some(Self { place, so_far: SourceSummary { source, reads: 0, missed: 0, reason: None }, is_over: false })
    }

    pub fn source(&self) -> Source {
        self.so_far.source
    }

    /// What it says now. One that says nothing the first time is not asked again: it cannot be had.
    pub async fn read(&mut self) -> Option<Vec<SourceValue>> {
        if self.is_over {
            return None;
        }
        match self.place.read(self.so_far.source).await {
            Ok(values) => {
                self.so_far.reads += 1;
                Some(values)
            }
            Err(reason) => {
                self.so_far.missed += 1;
                self.is_over = self.so_far.reads == 0;
                self.so_far.reason = Some(reason);
                None
            }
        }
    }

    /// Nobody can use what it says.
    pub fn give_up(&mut self, reason: &str) {
        self.is_over = true;
        self.so_far.reason = Some(reason.to_owned());
    }

    /// What became of it.
    pub fn end(self) -> SourceSummary {
        self.so_far
    }
}

fn runsc(opened: &Opened) -> Place {
    match opened.simulator {
        Some(_) => Place::Nowhere("the simulator's sandboxes are no processes"),
        None => Place::Runsc,
    }
}

fn controller(at: &ControllerMetricsSource, opened: &Opened) -> Place {
    let server = Server::new(opened.access.clone());
    match (at, &opened.simulator, opened.controller.as_ref().map(RunningController::id)) {
        (ControllerMetricsSource::None, ..) => Place::Nowhere("output.controller_metrics is none"),
        (ControllerMetricsSource::Auto, _, Some(id)) => Place::Program(server, id),
        (ControllerMetricsSource::Auto, Some(_), None) => Place::Nowhere("the model of the controller has no metrics"),
        (at, ..) => Place::Scraped(server, at.clone()),
    }
}
