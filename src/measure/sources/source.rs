use agent_sandbox_common::words;

words! {
    /// Who is asked for its metrics beside a run.
    pub enum Source {
        /// The controller.
        Controller = "controller",
        /// The API server.
        ApiServer = "api_server",
        /// The generator's process; with the embedded simulator, the simulator is in it.
        Generator = "generator",
        /// The machine of the generator: how long its programs waited for CPU, memory and disks.
        Machine = "machine",
        /// The kubelets of the nodes with sandboxes: pressure of the node, memory of the Pods.
        Kubelets = "kubelets",
        /// gVisor's processes on this machine, where it is a node: their memory.
        Runsc = "runsc",
    }

    /// How a value goes on from one reading to the next.
    pub enum MetricKind {
        /// It only grows, until its program starts again: what counts is by how much.
        Counter = "counter",
        /// It is what it is at the instant of the reading.
        Gauge = "gauge",
    }

    /// What a value counts.
    pub enum MetricUnit {
        /// Seconds.
        Seconds = "s",
        /// Bytes.
        Bytes = "bytes",
        /// Percent.
        Percent = "%",
        /// Things, such as requests.
        Count = "1",
    }
}
